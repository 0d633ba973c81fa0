"""How many seeds a task needs: from how much its methods' paired differences vary.

Here: the standard deviations over seeds of the score's difference of every two methods, and the
seeds with which a paired t-test shows a difference of .05. Not here: the test's power itself
(reports.statistics.power), which seeds a task has (its suite's definition).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.records.record import Record
from reports.board import Board, boards
from reports.cli import chosen_suites
from reports.errors import ReportError
from reports.frame import Column, Table
from reports.statistics import seeds_needed

if TYPE_CHECKING:
    from bench.catalogue.registry import Catalogue

DIFFERENCE = 0.05
"""Of two scores: what a task should show."""

COLUMNS = (
    Column("task", "Task"),
    Column("track", "Track"),
    Column("pairs", "Pairs", "figure", places=0),
    Column("seeds", "Seeds", "figure", places=0),
    Column("deviation", "SD, half of pairs", "figure", places=3),
    Column("needed", "Seeds for half", "figure", places=0),
    Column("deviation_most", "SD, 3 of 4 pairs", "figure", places=3),
    Column("needed_most", "Seeds for 3 of 4", "figure", places=0),
)

NOTES = (
    f"Seeds with which a paired t-test at 5% shows a difference of {DIFFERENCE:g} between two "
    "scores in 80 of 100 tries.",
    "SD: of the paired difference of two methods' scores over seeds; half of the pairs (3 of 4 "
    "pairs) vary at most so much. From few seeds it is a guess itself: from 5, by a factor of 0.6 "
    "to 2.9 (95%).",
)


@dataclass(frozen=True)
class TaskPower:
    """What one task of one track needs.

    Attributes:
        pairs: of methods with a result on every seed.
        seeds: that it has.
        deviation, needed: half of the pairs vary at most so much, and what they need.
        deviation_most, needed_most: likewise three of four pairs.
    """

    task: str
    track: str
    pairs: int
    seeds: int
    deviation: float
    needed: int
    deviation_most: float
    needed_most: int


def power_table(
    records: Iterable[Record],
    catalogue: Catalogue,
    suite: str | None,
    task: str | None,
    tier: str,
) -> Table:
    """Every task's need of seeds, or one task's.

    Args:
        suite, task: names; None for all.
    Raises:
        ReportError: an unknown name, or no task has two methods with results on two seeds or more.
    """
    records = list(records)
    tasks = [
        needed
        for suite in chosen_suites(records, catalogue, suite, task, tier)
        for board in boards(records, catalogue, suite, tier)
        for needed in _of_board(board, task)
    ]
    if not tasks:
        of = f"task {task!r}" if task else "any task"
        raise ReportError(
            f"The records at tier {tier} hold no two methods with results on two seeds of {of}. "
            "Run some: python -m bench run --seeds 5."
        )
    values: list[dict[str, Any]] = [asdict(needed) for needed in tasks]
    names = tuple(column.name for column in COLUMNS)
    return Table("Seeds that a task needs", names, values, COLUMNS, NOTES)


def _of_board(board: Board, task: str | None) -> Iterable[TaskPower]:
    for name in board.scored:
        if task not in (None, name):
            continue
        cells = [row.cells[name] for row in board.rows if name in row.cells]
        scores = [cell.scores for cell in cells if not cell.failed]
        seeds = len(board.seeds[name])
        if len(scores) < 2 or seeds < 2:
            continue
        deviations = [float((a - b).std(ddof=1)) for a, b in combinations(scores, 2)]
        half, most = (float(np.quantile(deviations, share)) for share in (0.5, 0.75))
        yield TaskPower(
            task=name,
            track=board.track.name,
            pairs=len(deviations),
            seeds=seeds,
            deviation=half,
            needed=seeds_needed(DIFFERENCE, half),
            deviation_most=most,
            needed_most=seeds_needed(DIFFERENCE, most),
        )
