"""Ranks, intervals and ties of a board's rows over a set of tasks.

Here: what is averaged over seeds and tasks. Any subset of rows and tasks may be passed, so that a
page can rank again. Not here: frames (reports.tables).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np
from numpy.typing import NDArray

from reports.board import Row
from reports.criteria import Criteria, contrasts, keys, levels
from reports.statistics import (
    Interval,
    groups,
    hierarchical_weights,
    lexicographic,
    mean_interval,
    percentile_interval,
    ranks,
)

STANDINGS = ("self-reported", "reproduced", "maintainer-run")
"""From weakest to strongest; a row shows the weakest of its records."""


@dataclass(frozen=True)
class Ranked:
    """One row's place.

    Attributes:
        place, tied: the rank shared by its tie group, and whether others share it.
        low, high: 95% interval of its rank over the bootstrap's draws, without tie groups.
        score: mean over tasks of the mean over seeds.
        mean_rank: mean over tasks and seeds of its rank in each cell.
        ordering: its mean in each metric that rows are ranked by; none where it is the score.
    """

    row: Row
    place: int
    tied: bool
    low: float
    high: float
    score: Interval
    mean_rank: Interval
    ordering: tuple[Estimate, ...] = ()


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


def rank(rows: Sequence[Row], tasks: Sequence[str]) -> list[Ranked]:
    """Order rows by their criteria (the score, of most tasks) over tasks that all have a scale.

    Intervals: over several tasks the bootstrap over tasks and seeds; on one task Student's t for
    the score and the bootstrap over seeds for ranks; none where there is a single run.
    """
    if not rows:
        return []
    seeds = [len(rows[0].cells[t].scores) for t in tasks]
    even = _even(seeds)
    order = lexicographic(keys(levels([ranking_criteria(r, tasks) for r in rows], even[None])))[
        :, 0
    ]
    rows = [rows[i] for i in sorted(range(len(rows)), key=lambda i: (-order[i], rows[i].name))]
    means = {r.name: float(np.mean([r.cells[t].scores.mean() for t in tasks])) for r in rows}
    scores = np.stack([np.concatenate([r.cells[t].scores for t in tasks]) for r in rows])
    weights = hierarchical_weights(seeds)
    drawn = scores @ weights.T
    ranked_by = [ranking_criteria(r, tasks) for r in rows]
    levels_drawn = levels(ranked_by, weights)
    order_drawn = lexicographic(keys(levels_drawn))
    cell_ranks = ranks(lexicographic(keys(levels(ranked_by, np.eye(sum(seeds))))))
    places = groups(len(rows), lambda first, second: _p_values(rows[first], rows[second], tasks))
    single = sum(seeds) == 1
    result = []
    for i, row in enumerate(rows):
        low, high = _places(order_drawn, i, single)
        result.append(
            Ranked(
                row=row,
                place=places[i],
                tied=places.count(places[i]) > 1,
                low=low,
                high=high,
                score=_score(means[row.name], scores[i], drawn[i], seeds),
                mean_rank=_or_none(
                    percentile_interval(float(cell_ranks[i] @ even), cell_ranks[i] @ weights.T),
                    single,
                ),
                ordering=_estimates(row, tasks, [level.means[i] for level in levels_drawn]),
            )
        )
    return result


def _p_values(first: Row, second: Row, tasks: Sequence[str]) -> list[float]:
    """Of every test that may tell two rows apart.

    Where rows are ranked by several metrics, one that has a result is told apart from one that has
    none: that isn't chance, however few the seeds.
    """
    if _ordered(first, tasks):
        having = [any(row.cells[t].finished for t in tasks) for row in (first, second)]
        if having[0] != having[1]:
            return [0.0]
    tests = contrasts(ranking_criteria(first, tasks), ranking_criteria(second, tasks))
    return [contrast.difference.p for contrast in tests]


def _even(seeds: Sequence[int]) -> NDArray[np.float64]:
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


def _estimates(
    row: Row, tasks: Sequence[str], drawn: Sequence[NDArray[np.float64]] = ()
) -> tuple[Estimate, ...]:
    """Its mean in each metric that rows are ranked by, and intervals where there are draws.

    Args:
        drawn: for each metric its means over the bootstrap's draws, high for better.
    """
    if not _ordered(row, tasks):
        return ()
    even = _even([len(row.cells[t].seeds) for t in tasks])
    estimates = []
    for place, level in enumerate(levels([ranking_criteria(row, tasks)], even[None])):
        parts = [row.cells[t].ordering[place] for t in tasks]
        values = np.concatenate([part.values for part in parts])
        known = [float(v) for v in values if not isnan(v)]
        sign = 1.0 if parts[0].better == "high" else -1.0
        interval = Interval(sign * float(level.means[0, 0]) + 0.0, nan, nan)
        if drawn and len(tasks) == 1:
            interval = mean_interval(known)
        elif drawn and known:
            draws = sign * drawn[place]
            interval = percentile_interval(interval.mean, draws[~np.isnan(draws)])
        estimates.append(
            Estimate(parts[0].name, parts[0].title, interval, len(values) - len(known))
        )
    return tuple(estimates)


def ordering_means(row: Row, tasks: Sequence[str]) -> tuple[Estimate, ...]:
    """A row's mean in each metric that rows are ranked by, over the tasks that it has."""
    held = [t for t in tasks if t in row.cells]
    return _estimates(row, held) if held else ()


def _score(
    mean: float,
    scores: NDArray[np.float64],
    drawn: NDArray[np.float64],
    seeds: Sequence[int],
) -> Interval:
    if len(seeds) == 1:
        return mean_interval([float(s) for s in scores])
    return percentile_interval(mean, drawn)


def _places(order: NDArray[np.float64], row: int, single: bool) -> tuple[float, float]:
    """Whole ranks: the interval is widened to them, and over rows that are equal.

    Args:
        order: of all rows in each draw, higher for better, equal for equal, shape (rows, draws).
    """
    if single:
        return nan, nan
    first = (order > order[row]).sum(0) + 1
    last = (order >= order[row]).sum(0)
    low, high = np.quantile(first, 0.025), np.quantile(last, 0.975)
    return float(np.floor(low)), float(np.ceil(high))


def _or_none(interval: Interval, single: bool) -> Interval:
    return Interval(interval.mean, nan, nan) if single else interval


def reference_score(row: Row, tasks: Sequence[str]) -> Interval:
    """A reference's mean score over the tasks that it was run on; no interval, it is a scale."""
    means = [row.cells[t].scores.mean() for t in tasks if t in row.cells]
    return Interval(float(np.mean(means)) if means else nan, nan, nan)


def mean_cost(row: Row, tasks: Sequence[str], name: str) -> float:
    """What its runs cost: mean over tasks of the mean over runs that say so; NaN if none does.

    Failed runs count with what they spent before they stopped; skipped ones spent nothing.
    """
    means = []
    for task in tasks:
        if task not in row.cells:
            continue
        spent = [
            float(r.cost[name])
            for r in row.cells[task].records
            if r is not None and r.status not in ("skipped", "infra") and name in r.cost
        ]
        if spent:
            means.append(float(np.mean(spent)))
    return float(np.mean(means)) if means else nan


def weakest_standing(row: Row, tasks: Sequence[str]) -> str:
    """The weakest standing of its records on those tasks."""
    standings = sorted({r.standing for r in row.records(tasks)})
    return min(standings, key=lambda s: STANDINGS.index(s) if s in STANDINGS else -1, default="")
