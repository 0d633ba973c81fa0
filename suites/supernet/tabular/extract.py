"""Makes the rows of the shipped tables from the packages' files.

Here: what each row is computed from, and where the tables lie. What doesn't look as it did when the
tables were made is refused, not rounded away. Not here: what the columns mean
(suites.supernet.tabular.nb201, suites.supernet.tabular.nbgraph), the command
(suites.supernet.tabular.__main__).
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from suites.common.data_set import SourceError
from suites.supernet.tabular import nb201, nbgraph
from suites.supernet.tabular.packages import NB201, NBGRAPH
from suites.supernet.tabular.unpickling import load_data

FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class PackagedTable:
    """A table that is made from a package's files; `rows` computes all its lines but the first."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[], list[str]]

    @property
    def path(self) -> Path:
        """Where it is shipped."""
        return FOLDER / f"{self.name}.csv.gz"

    def shipped_lines(self) -> list[str]:
        """The lines of the shipped table, without the first."""
        return gzip.decompress(self.path.read_bytes()).decode().splitlines()[1:]

    def write(self) -> None:
        """Make the shipped table anew."""
        lines = [",".join(self.columns), *self.rows()]
        text = "".join(f"{line}\n" for line in lines)
        self.path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def nb201_rows() -> list[str]:
    """The lines of NAS-Bench-201's table.

    Raises:
        SourceError: the package isn't here, or holds something else.
    """
    held = {name: load_data(file.content(), file.path) for name, file in NB201.items()}
    return [
        _nb201_row(cell, {name: cells[cell] for name, cells in held.items()})
        for cell in ("".join(digits) for digits in product("01234", repeat=nb201.EDGES))
    ]


def _nb201_row(cell: str, held: Mapping[str, Mapping[str, Any]]) -> str:
    """A line, from what the package has of the cell on each data set."""
    counts, latencies = [], []
    for name, results in held.items():
        split = nb201.SETS[name].validation
        right = [_whole(percent / 100 * split, cell) for percent in results["val_acc"]]
        counts += [str(count) for count in right] + [""] * (nb201.SEEDS - len(right))
        latencies.append(str(round(_same(results["latency"], cell) * 1e6)))
    digits = np.array([[int(digit) for digit in cell]], dtype=np.int8)
    own = int(nb201.count_parameters(digits, "cifar10")[0])
    sizes = [_whole(millions * 1e6, cell) for millions in held["cifar10"]["model_size"]]
    other = "".join(str(seed) for seed, size in enumerate(sizes) if size != own)
    time = f"{_same(held['cifar10']['train_time'], cell):.3f}"
    return ",".join([cell, *counts, *latencies, time, other])


def nbgraph_rows() -> list[str]:
    """The lines of NAS-Bench-Graph's table.

    Raises:
        SourceError: the package isn't here, or holds something else.
    """
    held = load_data(NBGRAPH.content(), NBGRAPH.path, numpy_numbers=True)
    return [_nbgraph_row(f"{number:05d}", held[number]) for number in sorted(held)]


def _nbgraph_row(network: str, results: Mapping[str, float]) -> str:
    return ",".join(
        [
            network,
            str(_whole(results["valid_perf"] * nbgraph.VALIDATION, network)),
            str(_whole(results["perf"] * nbgraph.TEST, network)),
            str(round(results["latency"] * 1e6)),
            str(_whole(results["para"] * 1e6, network)),
        ]
    )


def _whole(value: float, row: str) -> int:
    """A count that was kept as a share, to 1e-4."""
    if abs(value - round(value)) > 1e-4:
        raise SourceError(f"row {row}: {value} isn't a count; install the version that is pinned")
    return round(value)


def _same(values: Iterable[float], row: str) -> float:
    """The one value that all seeds have."""
    first, *rest = values
    if any(value != first for value in rest):
        raise SourceError(
            f"row {row}: seeds differ in {values}; install the version that is pinned"
        )
    return first


TABLES: Mapping[str, PackagedTable] = {
    table.name: table
    for table in (
        PackagedTable(name="nb201", columns=nb201.COLUMNS, rows=nb201_rows),
        PackagedTable(name="nbgraph", columns=nbgraph.COLUMNS, rows=nbgraph_rows),
    )
}
"""The tables by name."""
