"""Inputs that many runs share: what a suite declares of them.

Here: the declaration. Not here: building them (bench.running.worker), where they lie and how they
are verified (bench.records.assets).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """A table that lies in the repository, because computing it takes longer than anyone waits.

    Attributes:
        path: of the compressed file, from the folder from which the builder is imported: in this
            repository its root.
        digest: the file's sha256, hexadecimal. It enters the asset's key, and the file is held
            against it before it is read.
        regenerate: the command that computes one row anew, with `{row}` where the row's number
            belongs, so that anyone can check any row. It prints the row as the table has it, and
            nothing else on standard output.
        rows: how many rows it can compute, numbered from 0.
        made_on: the processor's name where digits depend on it, as those of a training do; on
            another one a row may come out otherwise without a fault. "" where they don't.
    """

    path: str
    digest: str
    regenerate: str
    rows: int
    made_on: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError where the digest can't be one, or the command has no row to name."""
        if len(self.digest) != 64 or set(self.digest) - set("0123456789abcdef"):
            raise ValueError(f"{self.path} is shipped with digest={self.digest!r}; give its sha256")
        if "{row}" not in self.regenerate:
            raise ValueError(
                f"{self.path} is shipped with regenerate={self.regenerate!r}; write {{row}} where "
                "the row's number belongs"
            )
        if self.rows < 1:
            raise ValueError(
                f"{self.path} is shipped with rows={self.rows}; say how many rows its command can "
                "compute"
            )

    def command(self, row: int | str) -> str:
        """The command that computes that row anew."""
        return self.regenerate.replace("{row}", str(row))


@dataclass(frozen=True, kw_only=True)
class Asset:
    """An expensive input that many runs share, built once in a child process.

    Attributes:
        name: what it is to the run that asks for it, e.g. `experts`.
        builder: `module:function`; called as `function(arguments, inputs)` where inputs maps the
            names of `inputs` to loaded assets; returns a `bench.contract.job.Output`. Of a shipped
            asset it is called as `function(arguments, path)` with the verified file.
        arguments: JSON values; whatever changes the result stands here (with the seed).
        inputs: assets that must be built before, and are handed to the builder.
        data: names of the data sources that it reads; their content digests enter its key.
        seconds: what building it takes on one core of the reference machine, for estimates.
        for_scoring: holds answers: nothing but the scorer's process may load it.
        for_references: made for reference rows (and the scorer): no method's process may load it.
        shipped: the file in the repository that it is read from, where it isn't computed.
    """

    name: str
    builder: str
    arguments: Mapping[str, Any]
    inputs: tuple[Asset, ...] = ()
    data: tuple[str, ...] = ()
    seconds: float = 1.0
    for_scoring: bool = False
    for_references: bool = False
    shipped: Shipped | None = None

    def __post_init__(self) -> None:
        """Raises ValueError where a shipped asset would be built from more than its file."""
        if self.shipped and (self.inputs or self.data):
            raise ValueError(
                f"asset {self.name!r} is shipped, so it has neither inputs nor data; drop them"
            )
