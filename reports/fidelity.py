"""Orders of methods that others have published, beside the orders here.

Here: the published tables (fidelity.csv: each value as it stands at its link), how far our order of
the same rows agrees, and on which pairs surely or surely not. A published table is compared in the
metric and on the tasks that come nearest to its own; where it chose a hyperparameter by search, our
tuned row stands for it, else our default. Not here: ranks (reports.ranking), why they differ, which
the tasks' notes say.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isnan
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from reports.board import Board, Row, row_name
from reports.frame import Column, Table
from reports.statistics import Difference, holm, holm_level, paired_difference

Array = NDArray[np.float64]

FILE = Path(__file__).with_name("fidelity.csv")
RESAMPLED = 2_000
"""Draws of seeds that an interval of tau is of."""


@dataclass(frozen=True)
class PublishedOrder:
    """A published table's one column.

    Attributes:
        tasks, metric: what it is held against here.
        values: by row (`ties`, `ties.tuned`), higher is better.
    """

    suite: str
    title: str
    link: str
    tasks: tuple[str, ...]
    metric: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class Pair:
    """Two rows, of which the published table has the first above the second.

    Attributes:
        theirs: the published values.
        difference: ours, first less second, with an interval of the family's level.
        told: whether our tests tell them apart.
    """

    first: str
    second: str
    theirs: tuple[float, float]
    difference: Difference
    told: bool

    @property
    def agrees(self) -> bool:
        """Whether ours are in the same order, surely or not."""
        return self.difference.interval.mean > 0


@dataclass(frozen=True)
class Agreement:
    """A published order beside ours.

    Attributes:
        rows: that both have.
        tau: Kendall's tau-b of the two, with its 95% interval under new seeds.
        pairs: all that the published table tells apart.
    """

    order: PublishedOrder
    rows: tuple[Row, ...]
    tau: float
    low: float
    high: float
    pairs: tuple[Pair, ...]

    @property
    def same(self) -> list[Pair]:
        """The pairs that are surely in the same order here."""
        return [pair for pair in self.pairs if pair.told and pair.agrees]

    @property
    def turned(self) -> list[Pair]:
        """The pairs that are surely in the other order here."""
        return [pair for pair in self.pairs if pair.told and not pair.agrees]


def orders(file: Path = FILE) -> tuple[PublishedOrder, ...]:
    """Every published order of the file, in its order."""
    heads: dict[tuple[str, str], dict[str, str]] = {}
    values: dict[tuple[str, str], dict[str, float]] = {}
    with file.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            name = line["suite"], line["order"]
            heads.setdefault(name, line)  # what an order's first line says is of all its lines
            row = row_name(line["method"], line["variant"])
            values.setdefault(name, {})[row] = float(line["value"])
    return tuple(
        PublishedOrder(
            suite, title, head["link"], tuple(head["tasks"].split()), head["metric"], own
        )
        for ((suite, title), head), own in zip(heads.items(), values.values(), strict=True)
    )


def agreements(board: Board) -> list[Agreement]:
    """Each published order of the board's suite that three rows and a task of it have."""
    own = [order for order in orders() if order.suite == board.suite.name]
    return [found for order in own if (found := agreement(board, order)) is not None]


def agreement(board: Board, order: PublishedOrder) -> Agreement | None:
    """How far our order agrees; None where the board lacks its tasks or all but two rows."""
    tasks = [task for task in order.tasks if task in board.scored]
    rows = [
        row
        for row in board.rows
        if row.name in order.values and tasks and not any(row.cells[t].skipped for t in tasks)
    ]
    if len(rows) < 3:
        return None
    values = {row.name: [row.cells[t].parts[order.metric] for t in tasks] for row in rows}
    theirs = [order.values[row.name] for row in rows]

    def tau_of(cells: Mapping[str, Sequence[Array]]) -> float:
        ours = [float(np.mean([v.mean() for v in cells[row.name]])) for row in rows]
        return tau(theirs, ours)

    low, high = _resampled(order, values, tau_of)
    pairs = tuple(_pairs(order, values))
    return Agreement(order, tuple(rows), tau_of(values), low, high, pairs)


def tau(first: Sequence[float], second: Sequence[float]) -> float:
    """Kendall's tau-b; 0 where all of one are equal."""
    from scipy.stats import kendalltau  # here, as importing it takes seconds

    found = float(kendalltau(first, second).statistic)
    return 0.0 if isnan(found) else found


def _resampled(
    order: PublishedOrder,
    values: Mapping[str, Sequence[Array]],
    tau_of: Callable[[Mapping[str, Sequence[Array]]], float],
) -> tuple[float, float]:
    """The middle 95% of tau over seeds drawn anew with replacement, alike for all rows."""
    generator = np.random.default_rng(crc32(f"{order.suite} {order.title}".encode()))
    counts = [len(cells) for cells in next(iter(values.values()))]
    found = []
    for _ in range(RESAMPLED):
        drawn = [generator.integers(0, n, n) for n in counts]
        found.append(tau_of({name: _taken(own, drawn) for name, own in values.items()}))
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def _taken(cells: Sequence[Array], drawn: Sequence[NDArray[np.int64]]) -> list[Array]:
    return [values[places] for values, places in zip(cells, drawn, strict=True)]


def _pairs(order: PublishedOrder, values: Mapping[str, Sequence[Array]]) -> list[Pair]:
    """Every two rows that the published table tells apart; Holm's correction is over all."""
    named = sorted(values, key=lambda name: (-order.values[name], name))
    chosen = [(a, b) for a, b in combinations(named, 2) if order.values[a] > order.values[b]]
    found = [paired_difference(list(values[a]), list(values[b])) for a, b in chosen]
    p_values = [difference.p for difference in found]
    level = holm_level(p_values)
    return [
        Pair(a, b, (order.values[a], order.values[b]), difference.at(level), told)
        for (a, b), difference, told in zip(chosen, found, holm(p_values), strict=True)
    ]


def between(first: PublishedOrder, second: PublishedOrder) -> float | None:
    """Tau of two published orders over the methods of both; None of fewer than three.

    Variants don't count here: each table is held against itself, not against ours.
    """
    one, other = (
        {name.split(".")[0]: value for name, value in order.values.items()}
        for order in (first, second)
    )
    shared = [name for name in one if name in other]
    if len(shared) < 3:
        return None
    return tau([one[name] for name in shared], [other[name] for name in shared])


COLUMNS = (
    Column("order", "Published order"),
    Column("rows", "Rows", "figure", places=0),
    Column("tau", "Tau with ours", "estimate"),
    Column("pairs", "Pairs", "figure", places=0),
    Column("same", "Surely the same", "figure", places=0),
    Column("turned", "Surely turned", "figure", places=0),
    Column("link", "Link"),
)

NOTES = (
    "Tau: Kendall's tau-b of a published order with ours of the same rows, by the mean over the "
    f"tasks named; its interval holds 95 of 100 draws of our seeds anew ({RESAMPLED:,} draws).",
    "Pairs: those that the published table tells apart by any figure; surely: our paired t-tests, "
    "Holm's correction over all pairs of the order, 5%. The others can't be told here.",
)


def fidelity_table(boards: Sequence[Board]) -> Table:
    """Every published order of some suites beside ours, with what turns round in the notes."""
    found = [one for board in boards for one in agreements(board)]
    rows = [
        {
            "suite": one.order.suite,
            "order": one.order.title,
            "rows": len(one.rows),
            "tau": one.tau,
            "tau_low": one.low,
            "tau_high": one.high,
            "pairs": len(one.pairs),
            "same": len(one.same),
            "turned": len(one.turned),
            "link": one.order.link,
        }
        for one in found
    ]
    names = ("suite", *(c.name for c in COLUMNS), "tau_low", "tau_high")
    notes = (*NOTES, *(turned_note(one) for one in found), *_between_notes(found))
    title = "Published orders beside ours"
    return Table(title, names, rows, COLUMNS, tuple(note for note in notes if note))


def turned_note(one: Agreement) -> str:
    """Which pairs are surely in the other order here; "" where none are."""
    if not one.turned:
        return ""
    labels = {row.name: row.label for row in one.rows}
    pairs = [
        f"{labels[pair.second]} above {labels[pair.first]} "
        f"({pair.theirs[1]:g} to {pair.theirs[0]:g} there)"
        for pair in one.turned
    ]
    return f"{one.order.title}: surely turned round here: {'; '.join(pairs)}."


def _between_notes(found: Sequence[Agreement]) -> list[str]:
    """How far the published orders agree with each other, a sentence a suite."""
    notes = []
    for suite in dict.fromkeys(one.order.suite for one in found):
        own = [one.order for one in found if one.order.suite == suite]
        taus = [
            f"{a.title} and {b.title} {value:.2f}"
            for a, b in combinations(own, 2)
            if (value := between(a, b)) is not None
        ]
        if taus:
            notes.append(f"The published orders among themselves, tau: {'; '.join(taus)}.")
    return notes
