"""A curve that several tasks share: a panel a task, all rows in each, as numbers for SVG.

Here: which curves those are, one scale for all panels of a figure, which rows are drawn boldly, and
the same figures as columns. Not here: where points stand (leaderboard.curves), HTML
(templates/across.html).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from bench.contract.metric import Curve, Point, curve_groups
from bench.contract.suite import Task
from leaderboard.curves import Axes, PanelFrame, apart, in_words, line_in, title_of
from leaderboard.curves import Line as Drawn
from leaderboard.figures import Group, Heading, places, value, values
from leaderboard.figures import Line as Row
from leaderboard.kept import BASELINE

FRAME = PanelFrame(width=330, height=230, left=34, right=322, top=10, bottom=206)
"""A panel, in the SVG's own units: larger than one of a single row."""

BOLD = 4
"""How many rows are drawn boldly, each in a way of its own: the others are thin lines."""

FAR = 0.2
"""How far below the middle line a thin one must fall to be named, in heights of the frame."""


@dataclass(frozen=True)
class RowLine:
    """A row's curve in a panel; `way` is which of the bold ones it is drawn as, None for thin."""

    row: Row
    line: Drawn
    way: int | None


@dataclass(frozen=True)
class Named:
    """The name of a thin line that falls far behind, and where it stands; `name` is the row's."""

    label: str
    name: str
    x: float
    y: float
    anchor: str


@dataclass(frozen=True)
class TaskPanel:
    """A task's panel.

    Attributes:
        scales: the paths of its floor and ceiling.
        lines: the thin ones first, so that the bold ones lie above them.
        worst: a name in the panel; None where no thin line falls far behind.
        in_words: what the bold lines show.
    """

    task: Task
    scales: tuple[str, ...]
    lines: tuple[RowLine, ...]
    worst: Named | None
    in_words: str


@dataclass(frozen=True)
class SharedFigure:
    """All panels of one curve.

    Attributes:
        title: the heading, e.g. `Accuracy by share of the pool`.
        axis: what runs along the curves.
        better: `high` or `low`.
        x_ticks, y_ticks: positions and labels, the same in every panel.
        bold, thin: the rows that are drawn, in the order of the ranking.
        groups, rows: the same figures as a table.
    """

    frame = FRAME

    title: str
    axis: str
    better: str
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    panels: tuple[TaskPanel, ...]
    bold: tuple[Row, ...]
    thin: tuple[Row, ...]
    groups: tuple[Group, ...]
    rows: tuple[Row, ...]


def shared_figures(
    tasks: Sequence[Task],
    lines: Sequence[Mapping[str, Any]],
    of_task: Mapping[str, Sequence[Mapping[str, Any]]],
) -> list[SharedFigure]:
    """Lay out each curve that at least two tasks have, by its title, axis, unit and direction.

    Two points are no curve to compare: they stay on their tasks' own pages.

    Args:
        tasks: of one track, in the suite's order.
        lines: the rows of the suite's table, in the order of the ranking.
        of_task: the lines of each task's own table, by the task's name.
    """
    shared: dict[tuple[str, str, str, str], list[tuple[Task, Curve]]] = {}
    for task in tasks:
        for curve in (curve for group in curve_groups(task.metrics) for curve in group):
            first = curve.points[0]
            key = (curve.title, first.axis, first.unit, first.better)
            shared.setdefault(key, []).append((task, _own_names(task, curve)))
    figures = (_figure(held, lines, of_task) for held in shared.values() if len(held) > 1)
    return [figure for figure in figures if figure is not None]


def _own_names(task: Task, curve: Curve) -> Curve:
    """The curve with points whose names no other task's have."""
    return Curve(curve.title, tuple(replace(p, name=_at(task.name, p.name)) for p in curve.points))


def _at(task: str, metric: str) -> str:
    return f"{task}.{metric}"


def _figure(
    held: Sequence[tuple[Task, Curve]],
    lines: Sequence[Mapping[str, Any]],
    of_task: Mapping[str, Sequence[Mapping[str, Any]]],
) -> SharedFigure | None:
    rows = _rows([task for task, _ in held], lines, of_task)
    curves = [
        (task, Curve(curve.title, tuple(p for p in curve.points if values(rows, [p]))))
        for task, curve in held
    ]
    curves = [(task, curve) for task, curve in curves if curve.points]
    points = [p for _, curve in curves for p in curve.points]
    if len(curves) < 2 or len({p.x for p in points}) < 3:
        return None
    ends = {end for task, _ in curves for end in (task.floor, task.ceiling)}
    floors = [r for r in rows if r["method"] in {task.floor for task, _ in curves}]
    ceilings = [r for r in rows if r["method"] in {task.ceiling for task, _ in curves}]
    axes = Axes.over(points, rows, floors, ceilings, FRAME)
    labels = places(p.x for p in points)
    drawn = [r for r in rows if r["method"] not in ends and not r["of"] and values([r], points)]
    bold = _bold(drawn, [curve.points for _, curve in curves])
    first = points[0]
    return SharedFigure(
        title=title_of([curves[0][1]]),
        axis=first.axis,
        better=first.better,
        x_ticks=apart([(axes.across(x), label) for x, label in labels.items()]),
        y_ticks=axes.ticks,
        panels=tuple(_panel(*held, rows, drawn, bold, axes, labels) for held in curves),
        bold=tuple(bold),
        thin=tuple(r for r in drawn if r not in bold),
        groups=tuple(_group(task, curve.points, labels) for task, curve in curves),
        rows=tuple(r for r in rows if values([r], points)),
    )


def _rows(
    tasks: Sequence[Task],
    lines: Sequence[Mapping[str, Any]],
    of_task: Mapping[str, Sequence[Mapping[str, Any]]],
) -> list[Row]:
    """The suite's lines with the figures of those tasks, each under the task's name."""
    own = {
        (task.name, line["method"], line["variant"]): line
        for task in tasks for line in of_task.get(task.name, ())
    }  # fmt: skip
    rows: list[Row] = []
    for line in lines:
        figures: dict[str, Any] = {}
        for task in tasks:
            held = own.get((task.name, line["method"], line["variant"]), {})
            for metric in (m for m in task.metrics if isinstance(m, Point)):
                for end in ("", "_low", "_high"):
                    name = f"metric.{_at(task.name, metric.name)}{end}"
                    figures[name] = held.get(f"metric.{metric.name}{end}")
        rows.append({**line, **figures})
    return rows


def _bold(drawn: Sequence[Row], points: Sequence[Sequence[Point]]) -> list[Row]:
    """The first rows of the ranking, and the baseline, where it stands on every task."""
    baseline = [
        row for row in drawn
        if row["method"] == BASELINE and row["kind"] == "reference"
        and all(values([row], of_task) for of_task in points)
    ]  # fmt: skip
    competing = [row for row in drawn if row["kind"] != "reference"]
    return [*competing[: BOLD - len(baseline)], *baseline]


def _panel(
    task: Task,
    curve: Curve,
    rows: Sequence[Row],
    drawn: Sequence[Row],
    bold: Sequence[Row],
    axes: Axes,
    labels: Mapping[float, str],
) -> TaskPanel:
    scales = [
        line_in(row, curve.points, axes).path
        for row in rows if row["method"] in (task.floor, task.ceiling)
    ]  # fmt: skip
    ways = [(row, bold.index(row) if row in bold else None) for row in drawn]
    lines = [RowLine(row, line_in(row, curve.points, axes), way) for row, way in ways]
    lines = [line for line in lines if line.line.marks]
    told = [f"{row['label']}: {in_words(row, [curve], labels)}" for row in bold]
    return TaskPanel(
        task=task,
        scales=tuple(filter(None, scales)),
        lines=tuple(sorted(lines, key=lambda line: (line.way is not None, -(line.way or 0)))),
        worst=_worst_line(lines, curve.points, axes),
        in_words="; ".join(told),
    )


def _worst_line(lines: Sequence[RowLine], points: Sequence[Point], axes: Axes) -> Named | None:
    """The name of the line that goes farthest from the middle one, to the worse side.

    It stands at the point where it does, on that side, or on the other where there is no room.
    """
    sign = 1 if points[0].better == "high" else -1  # heights are from above
    behind = []
    for place, point in enumerate(points):
        held = [(v, line) for line in lines if (v := value(line.row, point)) is not None]
        middle = median(axes.up(v) for v, _ in held) if held else 0.0
        behind += [(sign * (axes.up(v) - middle), place, line) for v, line in held]
    frame = axes.frame
    far, place, worst = max(behind, key=lambda one: one[0], default=(0.0, 0, None))
    if worst is None or worst.way is not None or far < FAR * (frame.bottom - frame.top):
        return None
    x, y = axes.across(points[place].x), axes.up(value(worst.row, points[place]) or 0.0)
    anchor = "start" if place == 0 else "end" if place == len(points) - 1 else "middle"
    below = y + 16 <= frame.bottom and (sign > 0 or y - 18 < frame.top)
    label_at = round(y + (14 if below else -7), 1)
    return Named(worst.row["label"], worst.row["name"], x, label_at, anchor)


def _group(task: Task, points: Sequence[Point], labels: Mapping[float, str]) -> Group:
    """A task's columns in the table."""
    return Group(
        task.title,
        tuple(
            Heading(p, labels[p.x], f"{p.curve} on {task.name} at {labels[p.x]}") for p in points
        ),
    )
