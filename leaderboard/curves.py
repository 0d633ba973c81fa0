"""Small multiples: a panel for each row, its curves over a logarithmic axis, as numbers for SVG.

Here: which rows have a panel, one scale for all panels of a ranking, and where lines, bands and
marks stand. Floor and ceiling are drawn in every panel. Not here: which metrics are points of a
curve (bench.curve), their figures (reports.tables), HTML (templates/curves.html).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log
from typing import Any

from bench.curve import Point, curves
from bench.suite import Task
from leaderboard.drawing import tick
from reports.digits import figure

WIDTH, HEIGHT = 196, 132
LEFT, RIGHT, TOP, BOTTOM = 30, 190, 8, 112
"""A panel and the frame in it, in the SVG's own units."""

BELOW = 0.5
"""How far below the floor a panel reaches, in distances from floor to ceiling. What is lower
stands at the edge: one method that fails badly must not flatten all others."""

STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Distances between the lines of the vertical axis; at most five lines are drawn."""


@dataclass(frozen=True)
class Mark:
    """A point of a curve: where it stands, and whether it lies beyond the panel."""

    x: float
    y: float
    beyond: bool


@dataclass(frozen=True)
class Line:
    """One curve in a panel.

    Attributes:
        path, band: of the means, and around the intervals; "" without any.
    """

    path: str
    band: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Panel:
    """A row's curves, in the figure's order; `told` is what they show, in words."""

    row: Mapping[str, Any]
    lines: tuple[Line, ...]
    told: str


@dataclass(frozen=True)
class Figure:
    """All panels of one ranking.

    Attributes:
        axis: what runs along the curves.
        curves: title and points of each.
        x_ticks, y_ticks: positions and labels, the same in every panel.
        scale: for each curve the paths of floor and ceiling, likewise.
        panels: in the order of the ranking.
    """

    width, height, left, right, bottom = WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM

    axis: str
    curves: tuple[tuple[str, tuple[Point, ...]], ...]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    scale: tuple[tuple[str, ...], ...]
    panels: tuple[Panel, ...]


def curve_figure(task: Task, rows: Sequence[Mapping[str, Any]]) -> Figure | None:
    """Lay a task's curves out; None where it has none, or no row has a figure for them.

    Args:
        rows: of the task's table, in the order of the ranking; floor and ceiling are found by
            their method's name.
    """
    found = {
        title: tuple(p for p in points if any(_value(row, p) is not None for row in rows))
        for title, points in curves(task).items()
    }
    drawn = tuple((title, points) for title, points in found.items() if points)
    if not drawn:
        return None
    ends = [[row for row in rows if row["method"] == name] for name in (task.floor, task.ceiling)]
    scale = _Scale.over([p for _, points in drawn for p in points], rows, *ends)
    shown = [r for r in rows if r["method"] not in (task.floor, task.ceiling)]
    return Figure(
        axis=drawn[0][1][0].axis,
        curves=drawn,
        x_ticks=tuple((scale.across(p.x), str(p.x)) for p in drawn[0][1]),
        y_ticks=scale.ticks,
        scale=tuple(
            tuple(_line(row, points, scale).path for end in ends for row in end)
            for _, points in drawn
        ),
        panels=tuple(
            Panel(row, tuple(_line(row, points, scale) for _, points in drawn), _told(row, drawn))
            for row in shown
        ),
    )


@dataclass(frozen=True)
class _Scale:
    """Both axes, the same in all panels; positions in the SVG's own units."""

    first: float
    last: float
    low: float
    high: float
    step: float

    @classmethod
    def over(
        cls,
        points: Sequence[Point],
        rows: Sequence[Mapping[str, Any]],
        floors: Sequence[Mapping[str, Any]],
        ceilings: Sequence[Mapping[str, Any]],
    ) -> _Scale:
        """The axes that hold all rows' means, but for those far below the floor."""
        values = _values(rows, points)
        low, high = min(values), max(values)
        bottom, top = _values(floors, points), _values(ceilings, points)
        if bottom and top and max(top) > min(bottom):
            low = max(low, min(bottom) - BELOW * (max(top) - min(bottom)))
        high = max(high, low)
        step = next((s for s in STEPS if (high - low) / s <= 4), STEPS[-1])
        # 0.7 / 0.1 is a little below 7: without rounding the axis would reach down to 0.6
        low = floor(round(low / step, 9)) * step
        high = ceil(round(high / step, 9)) * step
        xs = [point.x for point in points]
        return cls(min(xs), max(xs), low, high if high > low else low + step, step)

    @property
    def ticks(self) -> tuple[tuple[float, str], ...]:
        count = round((self.high - self.low) / self.step)
        values = [self.low + i * self.step for i in range(count + 1)]
        return tuple((self.up(v), tick(v, self.step)) for v in values)

    def across(self, x: float) -> float:
        """Where an x stands, its logarithm counting; in the middle where there is only one."""
        if self.first == self.last:
            return (LEFT + RIGHT) / 2
        share = log(x / self.first) / log(self.last / self.first)
        return round(LEFT + 8 + (RIGHT - LEFT - 16) * share, 1)

    def up(self, value: float) -> float:
        """Where a value stands; one beyond the axis stands at its edge."""
        inside = min(max(value, self.low), self.high)
        return round(BOTTOM - (BOTTOM - TOP) * (inside - self.low) / (self.high - self.low), 1)


def _value(row: Mapping[str, Any], point: Point, end: str = "") -> float | None:
    value = row.get(f"metric.{point.name}{end}")
    return value if value is not None and isfinite(value) else None


def _values(rows: Sequence[Mapping[str, Any]], points: Sequence[Point]) -> list[float]:
    return [v for row in rows for p in points if (v := _value(row, p)) is not None]


def _line(row: Mapping[str, Any], points: Sequence[Point], scale: _Scale) -> Line:
    known = [(p, v) for p in points if (v := _value(row, p)) is not None]
    marks = tuple(Mark(scale.across(p.x), scale.up(v), v < scale.low) for p, v in known)
    spans = [
        (scale.across(p.x), scale.up(low), scale.up(high))
        for p, _ in known
        if (low := _value(row, p, "_low")) is not None
        and (high := _value(row, p, "_high")) is not None
    ]
    around = [(x, y) for x, _, y in spans] + [(x, y) for x, y, _ in reversed(spans)]
    return Line(_path([(m.x, m.y) for m in marks]), _path(around), marks)


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in places) if len(places) > 1 else ""


def _told(row: Mapping[str, Any], drawn: Sequence[tuple[str, Sequence[Point]]]) -> str:
    """`Held-in 0.93 at 2, 0.90 at 4; held-out …`, for those who can't see the panel."""
    parts = []
    for title, points in drawn:
        known = [(p.x, v) for p in points if (v := _value(row, p)) is not None]
        if known:
            parts.append(f"{title} " + ", ".join(f"{figure(v, 2)} at {x}" for x, v in known))
    return "; ".join(parts) or "no result"
