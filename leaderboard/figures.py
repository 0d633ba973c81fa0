"""What all small multiples share: a row's figures, the table beside the panels, words.

Here: reading points and entries from the lines of a task's table, and their columns in groups.
Not here: where anything stands in a panel (leaderboard.curves, leaderboard.matrices).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, log10
from typing import Any

from bench.contract.metric import Metric, Point

Line = Mapping[str, Any]
"""A row of a task's table."""

DECIMAL = 0.005
"""An axis that starts below this is labelled in powers of ten, e.g. `3e-4`."""


@dataclass(frozen=True)
class Heading:
    """A column of the table beside the panels; `in_full` is its heading in full."""

    metric: Metric
    label: str
    in_full: str


@dataclass(frozen=True)
class Group:
    """Columns that share a heading."""

    title: str
    headings: tuple[Heading, ...]


def value(line: Line, metric: Metric, end: str = "") -> float | None:
    """A line's mean of a metric, or an end of its interval; None where there is none."""
    number = line.get(f"metric.{metric.name}{end}")
    return number if number is not None and isfinite(number) else None


def values(lines: Iterable[Line], metrics: Sequence[Metric]) -> list[float]:
    """All means that there are."""
    return [v for line in lines for m in metrics if (v := value(line, m)) is not None]


def inline(title: str) -> str:
    """A title within a sentence: `Held-in` as `held-in`, `SGD` as it is."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def opening(text: str) -> str:
    """A sentence's first letter as a capital, the others as they are."""
    return text[:1].upper() + text[1:]


def places(xs: Iterable[float]) -> dict[float, str]:
    """How places along one axis are written: `2`, `32k`, `0.05`, or `3e-4` where it starts low."""
    known = sorted(set(xs))
    low = bool(known) and known[0] < DECIMAL
    return {x: _power(x) if low and x < 1 else _brief(x) for x in known}


def x_labels(points: Sequence[Point]) -> list[str]:
    """Where the points stand along their axis, as it is written."""
    labels = places(point.x for point in points)
    return [labels[point.x] for point in points]


def _power(x: float) -> str:
    digits, _, exponent = f"{x:.2e}".partition("e")
    return f"{float(digits):g}e{int(exponent)}"


def _brief(x: float) -> str:
    """Three significant digits, and k or M from ten thousand."""
    if x < 10_000:
        return f"{x:g}"
    power = min(2, int(log10(x)) // 3)
    return f"{float(f'{x:.3g}') / 1000**power:g}{('', 'k', 'M')[power]}"
