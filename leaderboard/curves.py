"""Small multiples: a panel for each row, its curves over a logarithmic axis, as numbers for SVG.

Here: which rows have a panel, one scale for all panels of a figure, and where lines, bands and
marks stand. Floor and ceiling are drawn in every panel. Not here: which metrics are points of a
curve (bench.contract.metric), their figures (reports.tables), HTML (templates/curves.html).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log
from typing import NamedTuple

import numpy as np

from bench.contract.metric import Curve, Point, curve_groups
from bench.contract.suite import Task
from leaderboard.drawing import tick
from leaderboard.figures import Group, Heading, inline, opening, places, value, values
from leaderboard.figures import Line as Row
from reports.digits import figure
from reports.notes import skipped

WIDTH, HEIGHT = 196, 132
LEFT, RIGHT, TOP, BOTTOM = 30, 190, 8, 112
"""A panel and the frame in it, in the SVG's own units."""


class PanelFrame(NamedTuple):
    """A panel's size, and the frame of its curves in it."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int


SMALL = PanelFrame(WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM)

LETTER = 6.5
"""Width of a tick's letter, generously; labels that would touch are left out."""

BEYOND = 0.5
"""How far a panel reaches on the floor's side, in distances from floor to ceiling. What is worse
stands at the edge: one method that fails badly must not flatten all others."""

OUTLYING = 3.0
"""Without floor and ceiling, how far beyond the quartiles, in distances between them."""

STEPS = tuple(m * 10.0**k for k in range(-2, 5) for m in (1, 2, 5))
"""Distances between the lines of the vertical axis; at most five lines are drawn."""


@dataclass(frozen=True)
class CurveMark:
    """A point of a curve; `beyond` says whether it lies `below` or `above` the panel, or "" ."""

    x: float
    y: float
    beyond: str


@dataclass(frozen=True)
class Line:
    """One curve in a panel.

    Attributes:
        path, band: of the means, and around the intervals; "" without any.
    """

    path: str
    band: str
    marks: tuple[CurveMark, ...]


@dataclass(frozen=True)
class CurvePanel:
    """A row's curves, in the figure's order; `in_words` is what they show."""

    row: Row
    lines: tuple[Line, ...]
    in_words: str


@dataclass(frozen=True)
class CurveFigure:
    """All panels of one figure of one ranking.

    Attributes:
        title: the heading, e.g. `Loss of Adam and SGD by learning rate`.
        axis: what runs along the curves.
        worse: the side on which a value is worse, `below` or `above`.
        names: what the curves are called within a sentence.
        curves: each with the points that any row has.
        x_ticks, y_ticks: positions and labels, the same in every panel.
        floors, ceilings: for each curve the paths of the references, likewise.
        panels: in the order of the ranking.
        skipped: what the rows are called that were skipped on the task and have none.
        groups: the same figures' columns in a table.
    """

    width, height, left, right, bottom = WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM

    title: str
    axis: str
    worse: str
    names: tuple[str, ...]
    curves: tuple[Curve, ...]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    floors: tuple[tuple[str, ...], ...]
    ceilings: tuple[tuple[str, ...], ...]
    panels: tuple[CurvePanel, ...]
    skipped: tuple[str, ...]
    groups: tuple[Group, ...]


def curve_figures(task: Task, rows: Sequence[Row]) -> list[CurveFigure]:
    """Lay a task's curves out, one figure for each axis and unit that any row has a value on.

    Args:
        rows: of the task's table, in the order of the ranking; floor and ceiling are found by
            their method's name.
    """
    figures = (_figure(task, curves, rows) for curves in curve_groups(task.metrics))
    return [figure for figure in figures if figure is not None]


def _figure(task: Task, curves: Sequence[Curve], rows: Sequence[Row]) -> CurveFigure | None:
    held = [Curve(c.title, tuple(p for p in c.points if values(rows, [p]))) for c in curves]
    drawn = tuple(curve for curve in held if curve.points)
    if not drawn:
        return None
    floors, ceilings = (
        [row for row in rows if row["method"] == name] for name in (task.floor, task.ceiling)
    )
    points = [p for curve in drawn for p in curve.points]
    scale = Axes.over(points, rows, floors, ceilings)
    shown = [r for r in rows if r["method"] not in (task.floor, task.ceiling)]
    labels = places(p.x for p in points)

    def paths(references: Sequence[Row]) -> tuple[tuple[str, ...], ...]:
        lines = ([line_in(row, c.points, scale).path for row in references] for c in drawn)
        return tuple(tuple(path for path in of_curve if path) for of_curve in lines)

    return CurveFigure(
        title=title_of(drawn),
        axis=points[0].axis,
        worse="below" if points[0].better == "high" else "above",
        names=_names(drawn),
        curves=drawn,
        x_ticks=apart([(scale.across(x), label) for x, label in labels.items()]),
        y_ticks=scale.ticks,
        floors=paths(floors),
        ceilings=paths(ceilings),
        panels=tuple(
            CurvePanel(
                row,
                tuple(line_in(row, curve.points, scale) for curve in drawn),
                in_words(row, drawn, labels),
            )
            for row in shown
            if not skipped(row)
        ),
        skipped=tuple(row["label"] for row in shown if skipped(row)),
        groups=tuple(
            Group(
                f"{curve.title}, by {points[0].axis}",
                tuple(
                    Heading(p, labels[p.x], f"{curve.title} at {labels[p.x]}") for p in curve.points
                ),
            )
            for curve in drawn
        ),
    )


def _names(curves: Sequence[Curve]) -> tuple[str, ...]:
    """What curves are called within a sentence: quantities in small letters, others as they are."""
    return tuple(c.title if _quantity(curves) else inline(c.title) for c in curves)


def _quantity(curves: Sequence[Curve]) -> str:
    """What the curves show, where their titles don't say it themselves: `loss` of Adam, of SGD."""
    unit = curves[0].points[0].unit
    return "" if unit in ("fraction", "", *(inline(c.title) for c in curves)) else unit


def title_of(curves: Sequence[Curve]) -> str:
    """`Held-in and held-out by experts`, `Loss of Adam and SGD by learning rate`."""
    quantity, named = _quantity(curves), _names(curves)
    listed = " and ".join([", ".join(named[:-1]), named[-1]] if named[1:] else named)
    of = f"{quantity} of " if quantity else ""
    return f"{opening(of + listed)} by {curves[0].points[0].axis}"


def apart(ticks: Sequence[tuple[float, str]]) -> tuple[tuple[float, str], ...]:
    """The ticks that have room: the last one, and from the first on those that touch none."""
    kept: list[tuple[float, str]] = []
    *others, last = ticks
    for x, label in others:
        beside = [*kept[-1:], last]
        if all(abs(x - at) >= LETTER * (len(label) + len(text)) / 2 for at, text in beside):
            kept.append((x, label))
    return (*kept, last)


@dataclass(frozen=True)
class Axes:
    """Both axes, the same in all panels; positions in the SVG's own units."""

    first: float
    last: float
    low: float
    high: float
    step: float
    frame: PanelFrame = SMALL

    @classmethod
    def over(
        cls,
        points: Sequence[Point],
        rows: Sequence[Row],
        floors: Sequence[Row],
        ceilings: Sequence[Row],
        frame: PanelFrame = SMALL,
    ) -> Axes:
        """The axes that hold all rows' means, but for those far on the worse side."""
        means = values(rows, points)
        low, high = min(means), max(means)
        worst = _worst(means, values(floors, points), values(ceilings, points), points[0].better)
        if points[0].better == "high":
            low = min(max(low, worst), high)
        else:
            high = max(min(high, worst), low)
        step = next((s for s in STEPS if (high - low) / s <= 4), STEPS[-1])
        # 0.7 / 0.1 is a little below 7: without rounding the axis would reach down to 0.6
        low = floor(round(low / step, 9)) * step
        high = ceil(round(high / step, 9)) * step
        xs = [point.x for point in points]
        return cls(min(xs), max(xs), low, high if high > low else low + step, step, frame)

    @property
    def ticks(self) -> tuple[tuple[float, str], ...]:
        count = round((self.high - self.low) / self.step)
        return tuple(
            (self.up(v), tick(v, self.step))
            for v in (self.low + i * self.step for i in range(count + 1))
        )

    def across(self, x: float) -> float:
        """Where an x stands, its logarithm counting; in the middle where there is only one."""
        if self.first == self.last:
            return (self.frame.left + self.frame.right) / 2
        share = log(x / self.first) / log(self.last / self.first)
        left, right = self.frame.left + 8, self.frame.right - 8
        return round(left + (right - left) * share, 1)

    def up(self, value: float) -> float:
        """Where a value stands; one beyond the axis stands at its edge."""
        inside = min(max(value, self.low), self.high)
        share = (inside - self.low) / (self.high - self.low)
        return round(self.frame.bottom - (self.frame.bottom - self.frame.top) * share, 1)

    def beyond(self, value: float) -> str:
        """On which side a value lies beyond the axis, if it does."""
        return "below" if value < self.low else "above" if value > self.high else ""


def _worst(
    means: Sequence[float], floors: Sequence[float], ceilings: Sequence[float], better: str
) -> float:
    """The worst value that a panel has to reach."""
    sign = 1 if better == "high" else -1
    bottom, top = [sign * v for v in floors], [sign * v for v in ceilings]
    if bottom and top and max(top) > min(bottom):
        return sign * (min(bottom) - BEYOND * (max(top) - min(bottom)))
    signed = [sign * v for v in means]
    lower, upper = np.quantile(signed, [0.25, 0.75])
    # where most are equal there is no measure of what is far
    return sign * float(lower - OUTLYING * (upper - lower) if upper > lower else min(signed))


def line_in(row: Row, points: Sequence[Point], scale: Axes) -> Line:
    """A row's curve through those points, where it has values."""
    known = [(p, v) for p in points if (v := value(row, p)) is not None]
    marks = tuple(CurveMark(scale.across(p.x), scale.up(v), scale.beyond(v)) for p, v in known)
    spans = [
        (scale.across(p.x), scale.up(low), scale.up(high))
        for p, _ in known
        if (low := value(row, p, "_low")) is not None
        and (high := value(row, p, "_high")) is not None
    ]
    around = [(x, y) for x, _, y in spans] + [(x, y) for x, y, _ in reversed(spans)]
    return Line(_path([(m.x, m.y) for m in marks]), _path(around), marks)


def _path(corners: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in corners) if len(corners) > 1 else ""


def in_words(row: Row, drawn: Sequence[Curve], labels: Mapping[float, str]) -> str:
    """`Held-in 0.93 at 2, 0.90 at 4; held-out …`, for those who can't see the panel."""
    parts = []
    for curve in drawn:
        known = [(labels[p.x], v) for p in curve.points if (v := value(row, p)) is not None]
        if known:
            shown = ", ".join(f"{figure(v, 2)} at {x}" for x, v in known)
            parts.append(f"{curve.title} {shown}")
    return "; ".join(parts) or "no result"
