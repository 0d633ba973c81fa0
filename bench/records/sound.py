"""Whether a record can be true: what a published line must be before anyone ranks by it.

Here: numbers that are finite and in their range, a status that there is. Not here: whether a figure
is what a run gave, which only making it again can tell (commands.auditing).
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from bench.catalogue.suites import own_suites
from bench.records.record import STATUSES, Record

EXACT = 1e-9
"""How far outside of its range a figure may be by rounding."""


def refuse_wrong(record: Record) -> None:
    """Hold a record against what its suite declares.

    Raises:
        ValueError: a value isn't finite, out of its range, or of another kind; the message says
            which.
    """
    if record.status not in STATUSES:
        raise ValueError(f"status is {record.status!r}, which there isn't")
    for name in ("metrics", "cost", "budget", "details", "params", "provenance"):
        _refuse_infinite(getattr(record, name), name)
        if not isinstance(getattr(record, name), dict):
            raise ValueError(f"{name} is no object")
    for name, value in record.metrics.items():
        low, high = _bounds(record, name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"metrics.{name} is {value!r}, no number")
        if not low - EXACT <= value <= high + EXACT:
            raise ValueError(
                f"metrics.{name} is {value:g}, outside of its range {low:g} to {high:g}"
            )
    for name, value in record.cost.items():
        if isinstance(value, (int, float)) and value < 0:
            raise ValueError(f"cost.{name} is {value:g}, below nothing")


def _bounds(record: Record, metric: str) -> tuple[float, float]:
    """The range of a metric; none where suite, task or metric aren't here any more."""
    try:
        return own_suites()[record.suite].suite.task(record.task).metric(metric).bounds()
    except KeyError:
        return (float("-inf"), float("inf"))


def _refuse_infinite(value: Any, path: str) -> None:
    if isinstance(value, dict):
        for name, part in value.items():
            _refuse_infinite(part, f"{path}.{name}")
    elif isinstance(value, list):
        for part in value:
            _refuse_infinite(part, path)
    elif isinstance(value, float) and not isfinite(value):
        raise ValueError(f"{path} is {value}, which isn't finite")
