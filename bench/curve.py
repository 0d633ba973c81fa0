"""Metrics that are points of a curve: one quantity at several places along an axis.

Here: the metric that says so, and a task's metrics sorted by it. Points stand in records, CSV and
JSON like any metric; tables leave them out and the site draws them, with a table beside. Not
here: other metrics (bench.suite), drawing (leaderboard.curves).
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.suite import Metric, Task


@dataclass(frozen=True)
class Point(Metric):
    """One point of a curve. A tier may lack some of them.

    Attributes:
        curve: the curve's title, e.g. `Held-in`.
        axis: what runs along the curve, e.g. `experts`; the same for all points of a task.
        x: where on it, positive. The axis is logarithmic.
    """

    curve: str
    axis: str
    x: float


def column_metrics(task: Task) -> tuple[Metric, ...]:
    """The metrics that tables show: all but points."""
    return tuple(metric for metric in task.metrics if not isinstance(metric, Point))


def curves(task: Task) -> dict[str, tuple[Point, ...]]:
    """The task's curves by title, each with its points in order along the axis."""
    found: dict[str, list[Point]] = {}
    for metric in task.metrics:
        if isinstance(metric, Point):
            found.setdefault(metric.curve, []).append(metric)
    return {title: tuple(sorted(points, key=lambda p: p.x)) for title, points in found.items()}
