"""Small multiples of a matrix: a heat map for each row of a ranking, as numbers for SVG.

Here: which rows have a panel, one colour scale for all of them, and where cells and labels stand.
Every cell holds its figure, so that colour isn't needed to read it. Not here: which metrics are
entries of a matrix (bench.contract.metric), HTML (templates/matrices.html).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

from bench.contract.metric import Entry, matrices
from bench.contract.suite import Task
from leaderboard.figures import Group, Heading, Line, value, values
from reports.digits import MINUS, figure
from reports.notes import skipped

CELL, GAP = 31, 2
"""A cell's side and what is left between cells, in the SVG's own units."""

LEFT, TOP, BOTTOM = 20, 2, 20
"""Room for the labels of rows and columns."""

LEVELS = 10
"""Shades, `q0` for the worst to `q9` for the best."""


@dataclass(frozen=True)
class MatrixCell:
    """An entry of one panel: its corner, its shade's class, its figure, and all of it in words."""

    x: int
    y: int
    shade: str
    text: str
    in_words: str


@dataclass(frozen=True)
class MatrixPanel:
    """A row's matrix; `in_words` is what it shows."""

    row: Line
    cells: tuple[MatrixCell, ...]
    in_words: str


@dataclass(frozen=True)
class MatrixFigure:
    """All panels of one matrix of one ranking.

    Attributes:
        title: the heading, e.g. `Accuracy: each task, after task 1 to 5`.
        rows, columns: positions of their labels' middles, and the labels.
        row_axis, column_axis: what runs down and across.
        ends: the figures of the palest and of the strongest shade.
        panels: in the order of the ranking.
        skipped: what the rows are called that were skipped on the task and have none.
        groups: the same figures' columns in a table, a group for each row of the matrix.
    """

    cell = CELL - GAP

    title: str
    width: int
    height: int
    rows: tuple[tuple[float, str], ...]
    columns: tuple[tuple[float, str], ...]
    row_axis: str
    column_axis: str
    ends: tuple[str, str]
    panels: tuple[MatrixPanel, ...]
    skipped: tuple[str, ...]
    groups: tuple[Group, ...]

    @property
    def wide(self) -> bool:
        """Whether a panel needs more room than most for its figures to be read."""
        return self.width > 230


def matrix_figures(task: Task, lines: Sequence[Line]) -> list[MatrixFigure]:
    """Lay a task's matrices out; those that no row has a figure for are left out.

    Args:
        lines: of the task's table, in the order of the ranking, references at their place.
    """
    figures = []
    for title, declared in matrices(task.metrics).items():
        entries = [e for e in declared if values(lines, [e])]
        if entries:
            figures.append(_figure(title, entries, lines))
    return figures


def _figure(title: str, entries: Sequence[Entry], lines: Sequence[Line]) -> MatrixFigure:
    first = entries[0]
    rows, columns = (sorted(set(ns)) for ns in zip(*_placed(entries), strict=True))
    known = values(lines, entries)
    scale = _Shades(*_ends(min(known), max(known)), better=first.better)
    shown = [line for line in lines if line["kind"] != "reference" or values([line], entries)]
    return MatrixFigure(
        title=f"{title}: each {first.column_axis}, {first.row_axis} {rows[0]} to {rows[-1]}",
        width=LEFT + CELL * len(columns),
        height=TOP + CELL * len(rows) + BOTTOM,
        rows=tuple((TOP + CELL * (i + 0.5), str(n)) for i, n in enumerate(rows)),
        columns=tuple((LEFT + CELL * (i + 0.5), str(n)) for i, n in enumerate(columns)),
        row_axis=first.row_axis,
        column_axis=first.column_axis,
        ends=scale.labels,
        panels=tuple(
            _panel(line, entries, rows, columns, scale) for line in shown if not skipped(line)
        ),
        skipped=tuple(line["label"] for line in shown if skipped(line)),
        groups=tuple(
            Group(
                f"{first.row_axis} {row}",
                tuple(
                    Heading(e, str(e.column), f"{title}, {_place(e)}")
                    for e in entries
                    if e.row == row
                ),
            )
            for row in rows
        ),
    )


def _placed(entries: Sequence[Entry]) -> list[tuple[int, int]]:
    return [(e.row, e.column) for e in entries]


def _place(entry: Entry) -> str:
    """`task 1 after task 3`."""
    return f"{entry.column_axis} {entry.column} {entry.row_axis} {entry.row}"


@dataclass(frozen=True)
class _Shades:
    """From a value to its shade, the same in all panels."""

    low: float
    high: float
    better: str

    def shade(self, value: float) -> str:
        """The class of a value's shade; the better, the stronger."""
        share = (value - self.low) / (self.high - self.low)
        share = share if self.better == "high" else 1 - share
        return f"q{min(LEVELS - 1, int(share * LEVELS))}"

    @property
    def labels(self) -> tuple[str, str]:
        """What the palest and the strongest shade stand for."""
        ends = (f"{self.low:g}".replace("-", MINUS), f"{self.high:g}".replace("-", MINUS))
        return ends if self.better == "high" else (ends[1], ends[0])


def _ends(low: float, high: float) -> tuple[float, float]:
    """The ends of the scale: the values' own, outwards to a tenth of their power of ten."""
    step = 0.1
    while (high - low) / step > 2 * LEVELS:
        step *= 10
    low, high = floor(round(low / step, 9)) * step, ceil(round(high / step, 9)) * step
    return round(low, 9), round(high if high > low else low + step, 9)


def _panel(
    line: Line,
    entries: Sequence[Entry],
    rows: Sequence[int],
    columns: Sequence[int],
    scale: _Shades,
) -> MatrixPanel:
    cells, words = [], []
    for entry in entries:
        mean = value(line, entry)
        if mean is None:
            continue
        cells.append(
            MatrixCell(
                x=LEFT + CELL * columns.index(entry.column),
                y=TOP + CELL * rows.index(entry.row),
                shade=scale.shade(mean),
                text=_short(mean, entry.unit),
                in_words=f"{_place(entry)}: {figure(mean, 2)}",
            )
        )
        words.append(cells[-1].in_words)
    return MatrixPanel(line, tuple(cells), "; ".join(words) or "no result")


def _short(value: float, unit: str) -> str:
    """A figure that a cell has room for: a fraction without its leading zero."""
    text = figure(value, 2)
    return text.replace("0.", ".", 1) if unit == "fraction" and abs(value) < 1 else text
