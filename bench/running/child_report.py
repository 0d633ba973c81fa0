"""What a child tells of its work: its form, and reading it from bytes that aren't trusted.

Here: the JSON that crosses from a child's process to its parent. A method runs in the process that
writes it and may write anything instead, so it is held against its form before anyone uses it.
Not here: writing it (bench.running.worker), what it means (bench.running.outcome).
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

STRICT = ConfigDict(strict=True, extra="forbid")

Amount = Annotated[int, Field(ge=0)] | Annotated[float, Field(ge=0, allow_inf_nan=False)]


@with_config(STRICT)
class Spent(TypedDict):
    """What one run's meter counted, by counter; why it refused to go on, or found fault with an
    amount ("" where it didn't)."""

    counts: dict[str, Amount]
    flops_by: dict[str, Amount]
    refused: str
    wrong: str


@with_config(STRICT)
class Error(TypedDict, total=False):
    """The error that ended it."""

    type: str
    module: str
    message: str


@with_config(STRICT)
class Artefact(TypedDict):
    """A small file that was kept of a run."""

    digest: str
    bytes: int


@with_config(STRICT)
class Scored(TypedDict, total=False):
    """One run's scores, or the error that scoring it met, or what the suite did wrong."""

    metrics: dict[str, float]
    details: dict[str, Any]
    cost: dict[str, Any]
    artefacts: dict[str, Artefact]
    fault: str
    error: Error


@with_config(STRICT)
class ChildReport(TypedDict, total=False):
    """What a child reports: which of these depends on what it was asked for, and how it ended."""

    seconds: float
    cpu_seconds: float
    peak_memory: int
    ran: list[str]
    meters: list[Spent]
    scores: list[Scored]
    scoring_flops: float
    error: Error


_FORM = TypeAdapter(ChildReport)


def read(content: bytes) -> ChildReport | None:
    """The report in these bytes, or None where they aren't one."""
    try:
        return _FORM.validate_python(json.loads(content))
    except ValueError:  # pydantic's and JSON's errors are ValueErrors
        return None
