"""Metrics that are parts of a figure: points of curves, entries of matrices.

Here: the metrics that say so, and a task's metrics sorted by them. They stand in records, CSV and
JSON like any metric; tables leave them out and the site draws them, with a table beside. Not
here: other metrics (bench.contract.suite), drawing (leaderboard.curves, leaderboard.matrices).
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.contract.suite import Metric, Task


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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


def column_metrics(task: Task) -> tuple[Metric, ...]:
    """The metrics that tables show: all but points and entries."""
    return tuple(metric for metric in task.metrics if not isinstance(metric, Point | Entry))


def figures(task: Task) -> tuple[tuple[Curve, ...], ...]:
    """The task's curves; those that share axis, unit and direction share a figure."""
    found: dict[tuple[str, str, str], dict[str, list[Point]]] = {}
    for metric in task.metrics:
        if isinstance(metric, Point):
            shared = found.setdefault((metric.axis, metric.unit, metric.better), {})
            shared.setdefault(metric.curve, []).append(metric)
    return tuple(
        tuple(
            Curve(title, tuple(sorted(points, key=lambda p: p.x)))
            for title, points in shared.items()
        )
        for shared in found.values()
    )


def matrices(task: Task) -> dict[str, tuple[Entry, ...]]:
    """The task's matrices by title, each with its entries row by row."""
    found: dict[str, list[Entry]] = {}
    for metric in task.metrics:
        if isinstance(metric, Entry):
            found.setdefault(metric.matrix, []).append(metric)
    return {
        title: tuple(sorted(entries, key=lambda e: (e.row, e.column)))
        for title, entries in found.items()
    }
