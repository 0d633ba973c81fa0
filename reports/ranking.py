"""Ranks, intervals and ties of a board's rows over a set of tasks.

Here: what is averaged over seeds and tasks. Any subset of rows and tasks may be passed, so that a
page can rank again. Not here: frames (reports.tables).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from reports.board import Row
from reports.statistics import (
    Interval,
    hierarchical_weights,
    mean_interval,
    percentile_interval,
    ranks,
    tie_groups,
)

STANDINGS = ("self-reported", "reproduced", "maintainer-run")
"""From weakest to strongest; a row shows the weakest of its records."""


@dataclass(frozen=True)
class Ranked:
    """One row's place.

    Attributes:
        place, tied: the rank shared by its tie group, and whether others share it.
        low, high: 95% interval of its rank by score over the bootstrap's draws.
        score: mean over tasks of the mean over seeds.
        mean_rank: mean over tasks and seeds of its rank in each cell.
    """

    row: Row
    place: int
    tied: bool
    low: float
    high: float
    score: Interval
    mean_rank: Interval


def rank(rows: Sequence[Row], tasks: Sequence[str]) -> list[Ranked]:
    """Order rows by score over tasks that all have a scale, best first.

    Intervals: over several tasks the bootstrap over tasks and seeds; on one task Student's t for
    the score and the bootstrap over seeds for ranks; none where there is a single run.
    """
    if not rows:
        return []
    means = {r.name: float(np.mean([r.cells[t].scores.mean() for t in tasks])) for r in rows}
    rows = sorted(rows, key=lambda r: (-means[r.name], r.name))
    seeds = [len(rows[0].cells[t].scores) for t in tasks]
    scores = np.stack([np.concatenate([r.cells[t].scores for t in tasks]) for r in rows])
    weights = hierarchical_weights(seeds)
    drawn = scores @ weights.T
    # the same mean by two roundings must not split a tie between equal methods
    place_draws = ranks(np.round(drawn, 12))
    cell_ranks = ranks(scores)
    even = np.concatenate([np.full(n, 1 / (len(seeds) * n)) for n in seeds])
    places = tie_groups([[r.cells[t].scores for t in tasks] for r in rows])
    single = sum(seeds) == 1
    result = []
    for i, row in enumerate(rows):
        low, high = _places(place_draws[i], single)
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
            )
        )
    return result


def _score(
    mean: float,
    scores: NDArray[np.float64],
    drawn: NDArray[np.float64],
    seeds: Sequence[int],
) -> Interval:
    if len(seeds) == 1:
        return mean_interval([float(s) for s in scores])
    return percentile_interval(mean, drawn)


def _places(draws: NDArray[np.float64], single: bool) -> tuple[float, float]:
    """Whole ranks: the interval is widened to them."""
    if single:
        return nan, nan
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(np.floor(low)), float(np.ceil(high))


def _or_none(interval: Interval, single: bool) -> Interval:
    return Interval(interval.mean, nan, nan) if single else interval


def reference_score(row: Row, tasks: Sequence[str]) -> Interval:
    """A reference's mean score over the tasks that it was run on; no interval, it is a scale."""
    found = [row.cells[t].scores.mean() for t in tasks if t in row.cells]
    return Interval(float(np.mean(found)) if found else nan, nan, nan)


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
    found = sorted({r.standing for r in row.records(tasks)})
    return min(found, key=lambda s: STANDINGS.index(s) if s in STANDINGS else -1, default="")
