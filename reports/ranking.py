"""Ranks and intervals of a board's rows over a set of tasks.

Here: what is averaged over seeds and tasks, and the one family of tests that ranks, ties and rank
intervals come from. Not here: the tests themselves (reports.criteria, reports.statistics), what
runs cost (reports.costs), frames (reports.tables).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from reports.board import Board, Row
from reports.criteria import Contrast, Criteria, contrasts, keys, levels
from reports.pairs import pair_tests
from reports.statistics import (
    Interval,
    Place,
    holm_level,
    lexicographic,
    mean_interval,
    places,
    ranks,
    stratified_mean,
)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A row's mean in one metric that rows are ranked by.

    Attributes:
        metric, title: its name, and what it is called.
        interval: over the runs that it is applicable to, those without a result at its worst.
        absent: how many runs it isn't applicable to.
    """

    metric: str
    title: str
    interval: Interval
    absent: int


@dataclass(frozen=True)
class Ranked:
    """One row's place.

    Attributes:
        place: its rank, and the last rank that the tests leave it.
        score: mean over tasks of the mean over seeds, with its interval: these tasks, new seeds.
        new_tasks: the same mean with Student's interval over the tasks: new tasks of this kind.
        behind: its difference to the lead, paired on seeds, in the criterion that comes nearest to
            telling them apart, with an interval of the same family as the ranks: it leaves out 0
            exactly where that test is one of those that the family counts; None for the lead.
        mean_rank: mean over tasks and seeds of its rank in each cell.
        ordering: its mean in each metric that rows are ranked by; none where it is the score.
        over: labels of the rows of its own rank that it is surely better than.
    """

    row: Row
    place: Place
    score: Interval
    new_tasks: Interval
    behind: Contrast | None
    mean_rank: float
    ordering: tuple[Estimate, ...] = ()
    over: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """What the tests say of rows over a set of tasks, without figures of each.

    Attributes:
        rows: by rank, then by their criteria (the score, of most tasks).
        places: of each, in that order.
        beats: whether the first row is surely better than the second, in that order, too.
        level: at which Holm's procedure stopped.
    """

    rows: tuple[Row, ...]
    places: tuple[Place, ...]
    beats: NDArray[np.bool_]
    level: float

    @property
    def first(self) -> tuple[Row, ...]:
        """The rows of rank 1."""
        return tuple(r for r, p in zip(self.rows, self.places, strict=True) if p.rank == 1)


def ranking(board: Board, tasks: Sequence[str]) -> list[Ranked]:
    """`rank` of the board's rows that can do those tasks, made once."""
    asked = ("ranking", *tasks)
    if asked not in board.rankings:
        board.rankings[asked] = _rank(standing(board, tasks), tasks)
    found: list[Ranked] = board.rankings[asked]
    return found


def standing(board: Board, tasks: Sequence[str]) -> Standing:
    """`stand` of the board's rows that can do those tasks, made once."""
    asked = ("standing", *tasks)
    if asked not in board.rankings:
        board.rankings[asked] = stand(board.applicable(tasks), tasks)
    found: Standing = board.rankings[asked]
    return found


def rank(rows: Sequence[Row], tasks: Sequence[str]) -> list[Ranked]:
    """Order rows by `stand`, with what is known of each.

    Args:
        rows: each has a cell on every task.
        tasks: names; all have a scale.
    """
    return _rank(stand(rows, tasks), tasks)


def stand(rows: Sequence[Row], tasks: Sequence[str]) -> Standing:
    """Order rows by rank, then by their criteria.

    Every two rows are tested in every criterion, paired on (task, seed); Holm's correction is over
    all of those tests together. Of two rows the first criterion that tells them apart says which is
    better. A row's rank is 1 + the number of rows that are surely better.

    Args:
        rows: each has a cell on every task.
        tasks: names; all have a scale.
    """
    if not rows:
        return Standing((), (), np.zeros((0, 0), dtype=bool), nan)
    ranked_by = [ranking_criteria(row, tasks) for row in rows]
    tests = pair_tests(ranked_by, [_has_any(row, tasks) for row in rows])
    beats = tests.beats(len(rows))
    found = places(beats)
    even = _even(_seeds(rows[0], tasks))[None]
    strength = lexicographic(keys(levels(ranked_by, even)))[:, 0]
    order = sorted(range(len(rows)), key=lambda i: (found[i].rank, -strength[i], rows[i].name))
    return Standing(
        rows=tuple(rows[i] for i in order),
        places=tuple(found[i] for i in order),
        beats=beats[np.ix_(order, order)],
        level=holm_level(tests.family),
    )


def _rank(found: Standing, tasks: Sequence[str]) -> list[Ranked]:
    if not found.rows:
        return []
    ranked_by = [ranking_criteria(row, tasks) for row in found.rows]
    seeds = _seeds(found.rows[0], tasks)
    cell_ranks = ranks(lexicographic(keys(levels(ranked_by, np.eye(sum(seeds))))))
    mean_ranks = cell_ranks @ _even(seeds)
    result = []
    for i, (row, place) in enumerate(zip(found.rows, found.places, strict=True)):
        cells = [row.cells[t].scores for t in tasks]
        beaten = np.flatnonzero(found.beats[i])
        result.append(
            Ranked(
                row=row,
                place=place,
                score=stratified_mean(cells).interval,
                new_tasks=mean_interval([float(scores.mean()) for scores in cells]),
                behind=_nearest(ranked_by[i], ranked_by[0], found.level) if i else None,
                mean_rank=float(mean_ranks[i]),
                ordering=_estimates(row, tasks),
                over=tuple(
                    found.rows[j].label for j in beaten if found.places[j].rank == place.rank
                ),
            )
        )
    return result


def _seeds(row: Row, tasks: Sequence[str]) -> list[int]:
    """How many seeds each task has."""
    return [len(row.cells[t].scores) for t in tasks]


def _has_any(row: Row, tasks: Sequence[str]) -> bool:
    """Whether it has any result; where rows are ranked by the score, all count as having one."""
    return not _ordered(row, tasks) or any(row.cells[t].finished for t in tasks)


def apart(row: Row, other: Row, tasks: Sequence[str], level: float) -> Contrast:
    """A row less another, in the criterion that comes nearest to telling them apart.

    Args:
        level: of its interval; a `Standing`'s, so that it says what the ranks say.
    """
    return _nearest(ranking_criteria(row, tasks), ranking_criteria(other, tasks), level)


def _nearest(own: Sequence[Criteria], other: Sequence[Criteria], level: float) -> Contrast:
    return min(contrasts(own, other), key=lambda contrast: contrast.difference.p).at(level)


def _even(seeds: Sequence[int]) -> Array:
    """What each (task, seed) cell weighs in the mean over tasks of the means over seeds."""
    return np.concatenate([np.full(n, 1 / (len(seeds) * n)) for n in seeds])


def ranking_criteria(row: Row, tasks: Sequence[str]) -> list[Criteria]:
    """What a row is ranked by on each of those tasks: what all of them name, else the score."""
    cells = [row.cells[t] for t in tasks]
    return [cell.ordering if _ordered(row, tasks) else cell.by_score for cell in cells]


def _ordered(row: Row, tasks: Sequence[str]) -> bool:
    """Whether those tasks name the same metrics, so that rows are ranked by them."""
    named = {tuple(criterion.name for criterion in row.cells[t].ordering) for t in tasks}
    return len(named) == 1 and named != {()}


def _estimates(row: Row, tasks: Sequence[str]) -> tuple[Estimate, ...]:
    """Its mean in each metric that rows are ranked by; intervals: these tasks, new seeds."""
    if not _ordered(row, tasks):
        return ()
    estimates = []
    for parts in zip(*(row.cells[t].ordering for t in tasks), strict=True):
        known = [part.values[~np.isnan(part.values)] for part in parts]
        absent = sum(len(p.values) - len(k) for p, k in zip(parts, known, strict=True))
        known = [values for values in known if len(values)]
        interval = stratified_mean(known).interval if known else Interval(nan, nan, nan)
        estimates.append(Estimate(parts[0].name, parts[0].title, interval, absent))
    return tuple(estimates)


def ordering_means(row: Row, tasks: Sequence[str]) -> tuple[Estimate, ...]:
    """A row's mean in each metric that rows are ranked by, over the tasks that it has."""
    held = [t for t in tasks if t in row.cells]
    return _estimates(row, held) if held else ()


def reference_score(row: Row, tasks: Sequence[str]) -> Interval:
    """A reference's mean score over the tasks that it was run on; no interval, it is a scale."""
    means = [row.cells[t].scores.mean() for t in tasks if t in row.cells]
    return Interval(float(np.mean(means)) if means else nan, nan, nan)
