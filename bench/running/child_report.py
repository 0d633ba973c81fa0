"""What a child tells of its work: its form, and reading it from bytes that aren't trusted.

Here: the JSON that crosses from a child's process to its parent. A method runs in the process that
writes it and may write anything instead, so it is held against its form before anyone uses it.
Not here: writing it (bench.running.worker), what it means (bench.running.outcome).
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import ConfigDict, TypeAdapter, with_config
from typing_extensions import TypedDict

STRICT = ConfigDict(strict=True, extra="forbid")


@with_config(STRICT)
class Spent(TypedDict):
    """What one run's meter counted."""

    flops: float
    flops_by: dict[str, float]
    examples: int
    trials: int


@with_config(STRICT)
class Error(TypedDict, total=False):
    """The error that ended it."""

    type: str
    module: str
    message: str


@with_config(STRICT)
class Scored(TypedDict, total=False):
    """One run's scores, or the error that scoring it met."""

    metrics: dict[str, float]
    details: dict[str, Any]
    cost: dict[str, Any]
    error: Error


@with_config(STRICT)
class Report(TypedDict, total=False):
    """What a child reports: which of these depends on what it was asked for, and how it ended."""

    seconds: float
    cpu_seconds: float
    peak_memory: int
    ran: list[str]
    meters: list[Spent]
    scores: list[Scored]
    error: Error


_FORM = TypeAdapter(Report)


def read(content: bytes) -> Report | None:
    """The report in these bytes, or None where they aren't one."""
    try:
        return _FORM.validate_python(json.loads(content))
    except ValueError:  # pydantic's and JSON's errors are ValueErrors
        return None
