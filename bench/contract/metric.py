"""What a task measures: metrics, and those that are parts of a figure.

Here: a metric, points of curves and entries of matrices, and a task's metrics sorted by them.
Points and entries stand in records, CSV and JSON like any metric; tables leave them out and the
site draws them, with a table beside. Not here: drawing (leaderboard.curves, leaderboard.matrices).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

UNIT_RANGES = {
    "fraction": (0.0, 1.0),
    "loss": (0.0, inf),
    "seconds": (0.0, inf),
    "steps": (0.0, inf),
    "decades": (0.0, inf),
}
"""The lowest and highest value of a figure in a unit; other units have none."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One figure that a task reports of every run.

    Attributes:
        name: the key in a record's metrics, e.g. `held_in`.
        title: the column's heading.
        unit: `fraction`, `loss`, `seconds`, … or "" for none.
        better: `high` or `low`.
        meaning: one sentence: what it measures, and what it can't tell.
        range: the lowest and highest value that it can have; by default that of its unit.
    """

    name: str
    title: str
    unit: str
    better: str
    meaning: str
    range: tuple[float, float] | None = None

    def bounds(self) -> tuple[float, float]:
        """The lowest and highest value that it can have."""
        return self.range or UNIT_RANGES.get(self.unit, (-inf, inf))


@dataclass(frozen=True, kw_only=True)
class Point(Metric):
    """One point of a curve. A tier may lack some of them.

    Attributes:
        curve: the curve's title, e.g. `Held-in`.
        axis: what runs along the curve, e.g. `experts`; a task may have curves along several.
        x: where on it, positive. The axis is logarithmic.
    """

    curve: str
    axis: str
    x: float


@dataclass(frozen=True, kw_only=True)
class Entry(Metric):
    """One entry of a matrix, e.g. accuracy on the second task after training on the third.

    Attributes:
        matrix: the matrix's title, e.g. `Accuracy`.
        row, column: its place, from 1.
        row_axis, column_axis: what runs down and across, e.g. `after task` and `task`.
    """

    matrix: str
    row: int
    column: int
    row_axis: str
    column_axis: str


@dataclass(frozen=True)
class Curve:
    """A curve with its points in order along the axis."""

    title: str
    points: tuple[Point, ...]


def column_metrics(metrics: Iterable[Metric]) -> tuple[Metric, ...]:
    """Those that tables show: all but points and entries."""
    return tuple(metric for metric in metrics if not isinstance(metric, Point | Entry))


def curve_groups(metrics: Iterable[Metric]) -> tuple[tuple[Curve, ...], ...]:
    """The curves among a task's metrics; those of one axis, unit and direction share a figure."""
    figures: dict[tuple[str, str, str], dict[str, list[Point]]] = {}
    for metric in metrics:
        if isinstance(metric, Point):
            figure = figures.setdefault((metric.axis, metric.unit, metric.better), {})
            figure.setdefault(metric.curve, []).append(metric)
    return tuple(
        tuple(
            Curve(title, tuple(sorted(points, key=lambda p: p.x)))
            for title, points in figure.items()
        )
        for figure in figures.values()
    )


def matrices(metrics: Iterable[Metric]) -> dict[str, tuple[Entry, ...]]:
    """The matrices among a task's metrics by title, each with its entries row by row."""
    by_title: dict[str, list[Entry]] = {}
    for metric in metrics:
        if isinstance(metric, Entry):
            by_title.setdefault(metric.matrix, []).append(metric)
    return {
        title: tuple(sorted(entries, key=lambda e: (e.row, e.column)))
        for title, entries in by_title.items()
    }
