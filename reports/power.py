"""How many seeds a task needs: from how much its methods' paired differences vary.

Here: the standard deviations over seeds of the score's difference of every two methods, and the
seeds with which a paired t-test shows a difference of .05. Not here: the test's power itself
(reports.statistics.power), which seeds a task has (its suite's definition).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.records.record import Record
from reports.board import Board, Cell, boards
from reports.cli import chosen_suites
from reports.errors import ReportError
from reports.frame import Column, Table
from reports.statistics import seeds_needed

if TYPE_CHECKING:
    from bench.catalogue.registry import Catalogue
    from bench.contract.suite import Task

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
    Column("axis", "Narrowest axis"),
    Column("room", "Its room", "figure", places=2),
    Column("room_errors", "in standard errors", "figure", places=0),
)

LEAST_ROOM, LEAST_ERRORS = 0.1, 4.0
"""An axis with less room, or with room of fewer of its standard errors, isn't to be scored."""

NOTES = (
    f"Seeds with which a paired t-test at 5% shows a difference of {DIFFERENCE:g} between two "
    "scores in 80 of 100 tries.",
    "SD: of the paired difference of two methods' scores over seeds; half of the pairs (3 of 4 "
    "pairs) vary at most so much. From few seeds it is a guess itself: from 5, by a factor of 0.6 "
    "to 2.9 (95%).",
    f"Room: of the scored metrics, the least distance of ceiling and floor; one under {LEAST_ROOM} "
    f"or under {LEAST_ERRORS:.0f} standard errors of itself isn't to be scored.",
)


@dataclass(frozen=True)
class TaskPower:
    """What one task of one track needs.

    Attributes:
        pairs: of methods with a result on every seed.
        seeds: that it has.
        deviation, needed: half of the pairs vary at most so much, and what they need.
        deviation_most, needed_most: likewise three of four pairs.
        axis, room, room_errors: of the metrics that are scored the one with the least room between
            the references, in the metric's unit, and in standard errors of that over seeds.
    """

    task: str
    track: str
    pairs: int
    seeds: int
    deviation: float
    needed: int
    deviation_most: float
    needed_most: int
    axis: str
    room: float
    room_errors: float


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
        for needed in needed_seeds(board, task)
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


def power_sentence(found: TaskPower) -> str:
    """What a task shows with the seeds that it has, in plain words."""
    return (
        f"To show a difference of {DIFFERENCE:g} in score in 80 of 100 tries, half of its pairs of "
        f"rows need at most {found.needed} seeds, three of four pairs {found.needed_most}; it has "
        f"{found.seeds}."
    )


def needed_seeds(board: Board, task: str | None = None) -> Iterator[TaskPower]:
    """What each of a track's tasks needs, or one task; nothing of those that tell nothing."""
    for name in board.scored:
        if task not in (None, name):
            continue
        cells = [row.cells[name] for row in board.rows if name in row.cells]
        scores = [cell.scores for cell in cells if not (cell.failed or cell.skipped)]
        seeds = len(board.seeds[name])
        if len(scores) < 2 or seeds < 2:
            continue
        first, second = np.triu_indices(len(scores), 1)
        of_rows = np.stack(scores)
        deviations = (of_rows[first] - of_rows[second]).std(axis=1, ddof=1)
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
            **_narrowest(board, board.suite.task(name)),
        )


def _narrowest(board: Board, task: Task) -> dict[str, Any]:
    """The scored axis with the least room: the ceiling less the floor, paired on seeds."""
    standing = [row for row in board.references if task.name in row.cells]
    by_name = {row.method: row.cells[task.name] for row in standing}
    floor, ceiling = by_name[task.floor], by_name[task.ceiling]
    seeds = [seed for seed in floor.seeds if seed in ceiling.seeds]
    found = []
    for metric in task.scored_by:
        sign = 1 if task.metric(metric).better == "high" else -1
        rooms = sign * np.array(
            [_of_seed(ceiling, metric, s) - _of_seed(floor, metric, s) for s in seeds]
        )
        error = max(rooms.std(ddof=1) / np.sqrt(len(rooms)), 1e-12)  # where all are equal
        found.append((float(rooms.mean()), float(rooms.mean() / error), metric))
    room, errors, axis = min(found)
    return {"axis": axis, "room": room, "room_errors": errors}


def _of_seed(cell: Cell, metric: str, seed: int) -> float:
    record = cell.records[cell.seeds.index(seed)]
    assert record is not None
    return record.metrics[metric]
