"""Ranks and intervals of a board's rows over a set of tasks.

Here: what is averaged over seeds and tasks, and the one family of tests that ranks, ties and rank
intervals come from. Not here: the tests themselves (reports.criteria, reports.statistics), what
runs cost (reports.costs), frames (reports.tables).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import nan

import numpy as np
from numpy.typing import NDArray

from reports.board import Board, Row
from reports.criteria import Contrast, Criteria, contrasts, keys, levels
from reports.statistics import (
    Interval,
    Place,
    holm,
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


def ranking(board: Board, tasks: Sequence[str]) -> list[Ranked]:
    """`rank` of the board's rows that can do those tasks, made once."""
    asked = tuple(tasks)
    if asked not in board.rankings:
        board.rankings[asked] = rank(board.applicable(asked), asked)
    found: list[Ranked] = board.rankings[asked]
    return found


def rank(rows: Sequence[Row], tasks: Sequence[str]) -> list[Ranked]:
    """Order rows by rank, then by their criteria (the score, of most tasks).

    Every two rows are tested in every criterion, paired on (task, seed); Holm's correction is over
    all of those tests together. Of two rows the first criterion that tells them apart says which is
    better. A row's rank is 1 + the number of rows that are surely better.

    Args:
        rows: each has a cell on every task.
        tasks: names; all have a scale.
    """
    if not rows:
        return []
    ranked_by = [ranking_criteria(row, tasks) for row in rows]
    pairs = {
        (i, j): _tests(rows, ranked_by, i, j, tasks) for i, j in combinations(range(len(rows)), 2)
    }
    beats = _beats(len(rows), pairs)
    found = places(beats)
    level = holm_level([p for tests in pairs.values() for p, _ in tests])
    seeds = [len(rows[0].cells[t].scores) for t in tasks]
    strength = lexicographic(keys(levels(ranked_by, _even(seeds)[None])))[:, 0]
    order = sorted(range(len(rows)), key=lambda i: (found[i].rank, -strength[i], rows[i].name))
    cell_ranks = ranks(lexicographic(keys(levels(ranked_by, np.eye(sum(seeds))))))
    result = []
    for i in order:
        cells = [rows[i].cells[t].scores for t in tasks]
        means = [float(scores.mean()) for scores in cells]
        result.append(
            Ranked(
                row=rows[i],
                place=found[i],
                score=stratified_mean(cells).interval,
                new_tasks=mean_interval(means),
                behind=_behind(ranked_by[i], ranked_by[order[0]], level) if i != order[0] else None,
                mean_rank=float(cell_ranks[i] @ _even(seeds)),
                ordering=_estimates(rows[i], tasks),
                over=tuple(
                    rows[j].label for j in order if beats[i, j] and found[i].rank == found[j].rank
                ),
            )
        )
    return result


def _tests(
    rows: Sequence[Row],
    ranked_by: Sequence[Sequence[Criteria]],
    first: int,
    second: int,
    tasks: Sequence[str],
) -> list[tuple[float, bool]]:
    """Of every test that may tell two rows apart its p-value, and whether the first is ahead.

    Where rows are ranked by several metrics, one that has a result is told apart from one that has
    none: that isn't chance, however few the seeds.
    """
    if _ordered(rows[first], tasks):
        having = [any(rows[i].cells[t].finished for t in tasks) for i in (first, second)]
        if having[0] != having[1]:
            return [(0.0, having[0])]
    tests = contrasts(ranked_by[first], ranked_by[second])
    return [(c.difference.p, c.difference.interval.mean > 0) for c in tests]


def _beats(count: int, pairs: dict[tuple[int, int], list[tuple[float, bool]]]) -> NDArray[np.bool_]:
    """Which row is surely better than which; Holm's correction is over all tests of all pairs."""
    rejected = iter(holm([p for tests in pairs.values() for p, _ in tests]))
    found = np.zeros((count, count), dtype=bool)
    for (i, j), tests in pairs.items():
        sure = [ahead for _, ahead in tests if next(rejected)]
        if sure:
            found[(i, j) if sure[0] else (j, i)] = True
    return found


def _behind(own: Sequence[Criteria], lead: Sequence[Criteria], level: float) -> Contrast:
    """A row less the lead, in the criterion that comes nearest to telling them apart."""
    return min(contrasts(own, lead), key=lambda contrast: contrast.difference.p).at(level)


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
