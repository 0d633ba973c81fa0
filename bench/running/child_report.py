"""What a child tells of its work: its form, and reading it from bytes that aren't trusted.

Here: the JSON that crosses from a child's process to its parent, in frames that start with their
length. A child that runs a method's code says first which walls stand: that was written before the
code was loaded. The report comes last, from a process that the method had in its hands, and may be
anything, so it is held against its form before anyone uses it.
Not here: writing them (bench.running.child), what they mean (bench.running.outcome).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

STRICT = ConfigDict(strict=True, extra="forbid")

Amount = Annotated[int, Field(ge=0)] | Annotated[float, Field(ge=0, allow_inf_nan=False)]


@with_config(STRICT)
class Spent(TypedDict):
    """What one run's meter counted, by counter, and FLOPs by phase and by what isn't charged; why
    it refused to go on, or found fault with an amount ("" where it didn't)."""

    counts: dict[str, Amount]
    flops_by: dict[str, Amount]
    uncharged: dict[str, Amount]
    refused: str
    wrong: str


NOTHING_SPENT: Spent = {
    "counts": {},
    "flops_by": {},
    "uncharged": {},
    "refused": "",
    "wrong": "",
}
"""Of a run whose child died before it could tell."""


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


@with_config(STRICT)
class Opening(TypedDict):
    """What is said before a method's code is loaded."""

    walls: str


_REPORT, _OPENING = TypeAdapter(ChildReport), TypeAdapter(Opening)

MOST_FRAMES = 3
"""One more than a child may send."""


def frames(received: bytes | bytearray) -> list[bytes]:
    """The whole frames among the bytes of a pipe, as Connection.send_bytes writes them."""
    whole: list[bytes] = []
    start = 0
    while len(received) - start >= 4 and len(whole) < MOST_FRAMES:
        (length,) = struct.unpack_from("!i", received, start)
        start += 4
        if length < 0:  # the form for what is longer than 2 GiB
            break
        if len(received) - start < length:
            break
        whole.append(bytes(received[start : start + length]))
        start += length
    return whole


def read(sent: Sequence[bytes]) -> tuple[str, ChildReport | None]:
    """What stands in a child's frames: the walls ("" where it hasn't said), and its report.

    The report is None where it is missing, in another form, or not the only one.
    """
    opening = _read(_OPENING, sent[0]) if sent else None
    rest = sent[1:] if opening else sent
    report = _read(_REPORT, rest[0]) if len(rest) == 1 else None
    return (opening["walls"] if opening else ""), report


def _read(form: TypeAdapter[Any], content: bytes) -> Any:
    try:
        return form.validate_python(json.loads(content))
    except (ValueError, RecursionError):  # pydantic's and JSON's errors are ValueErrors
        return None
