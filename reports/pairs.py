"""The tests of every two rows, all at once.

Here: `reports.criteria.contrasts` of all pairs, as arrays. Rows that have every value are taken
together, task by task; a pair in which one lacks a value goes through `contrasts` itself. Not here:
what follows from them (reports.ranking).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.criteria import Criteria, Criterion, contrasts
from reports.statistics import LEAST_SEEDS, holm, rounding_variance, two_sided_ps
from reports.statistics.stratified import EQUAL, ROUNDING

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PairTests:
    """Every test that may tell two rows apart.

    Attributes:
        first, second: rows of each pair, shape (pairs,).
        p: p-values, shape (pairs, tests), the most important test first; NaN where it isn't made.
        ahead: whether the first row is ahead, same shape.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    p: Array
    ahead: NDArray[np.bool_]

    @property
    def family(self) -> Array:
        """The p-values of the tests that are made."""
        found: Array = self.p[~np.isnan(self.p)]
        return found

    def beats(self, rows: int) -> NDArray[np.bool_]:
        """Which row is surely better than which, shape (rows, rows).

        Holm's correction is over all tests of all pairs; of those that tell two rows apart the most
        important one says which is better.
        """
        sure = np.zeros(self.p.shape, dtype=bool)
        sure[~np.isnan(self.p)] = holm(self.family)
        deciding = sure.argmax(1)
        told = sure[np.arange(len(sure)), deciding]
        ahead = self.ahead[np.arange(len(sure)), deciding]
        found = np.zeros((rows, rows), dtype=bool)
        found[self.first[told & ahead], self.second[told & ahead]] = True
        found[self.second[told & ~ahead], self.first[told & ~ahead]] = True
        return found


def pair_tests(ranked_by: Sequence[Sequence[Criteria]], having: Sequence[bool]) -> PairTests:
    """The tests of every two rows.

    Args:
        ranked_by: of each row its criteria on each task, same tasks and seeds.
        having: whether a row has any result; a row with one is told apart from a row without, which
            isn't chance, however few the seeds.
    """
    first, second = np.triu_indices(len(ranked_by), 1)
    criteria = len(ranked_by[0][0])
    p = np.full((len(first), 2 * criteria), np.nan)
    ahead = np.zeros(p.shape, dtype=bool)
    has = np.array(having)
    certain = has[first] != has[second]
    p[certain, 0], ahead[certain, 0] = 0.0, has[first[certain]]
    whole = np.array([all(_is_whole(c) for cell in row for c in cell) for row in ranked_by])
    together = ~certain & whole[first] & whole[second]
    for place in range(criteria):
        of_rows = [[cell[place] for cell in row] for row in ranked_by]
        found = _tests(of_rows, first[together], second[together])
        p[together, 2 * place + 1], ahead[together, 2 * place + 1] = found
    names = [criterion.name for criterion in ranked_by[0][0]]
    for pair in np.flatnonzero(~certain & ~together):
        for test in contrasts(ranked_by[first[pair]], ranked_by[second[pair]]):
            at = 2 * names.index(test.criterion) + (not test.about)
            p[pair, at] = test.difference.p
            ahead[pair, at] = test.difference.interval.mean > 0
    return PairTests(first, second, p, ahead)


def _is_whole(criterion: Criterion) -> bool:
    return not np.isnan(criterion.values).any()


def _tests(
    of_rows: Sequence[Sequence[Criterion]], first: NDArray[np.intp], second: NDArray[np.intp]
) -> tuple[Array, NDArray[np.bool_]]:
    """`paired_difference` of many pairs in one criterion: its p-value, and whether it is above 0.

    Args:
        of_rows: of each row the criterion on each task.
        first, second: rows of each pair; none of them lacks a value.
    """
    tasks = len(of_rows[0])
    total, parts, squares = (np.zeros(len(first)) for _ in range(3))
    for task in range(tasks):
        cells = [row[task] for row in of_rows]
        strengths = np.stack([cell.strengths for cell in cells])
        apart = strengths[first] - strengths[second]
        total += apart.mean(1)
        if apart.shape[1] < LEAST_SEEDS:
            parts[:] = np.inf  # nothing is said of any pair
            continue
        floors = np.array([rounding_variance(cell.grain) for cell in cells])
        own = np.maximum(apart.var(axis=1, ddof=1), floors[first])
        variance, freedom = _with_priors(cells, own, apart.shape[1] - 1, first, second)
        part = variance / apart.shape[1]
        parts += part
        squares += part**2 / freedom
    mean, p = total / tasks, np.ones(len(first))
    known = np.isfinite(parts) & (np.abs(mean) >= EQUAL)
    spread = known & (squares > 0)
    freedoms = np.ones(len(first), dtype=np.int64)
    freedoms[spread] = np.maximum(1, parts[spread] ** 2 / squares[spread] + ROUNDING)
    with np.errstate(divide="ignore"):
        p[known] = two_sided_ps(
            np.abs(mean[known]) / (np.sqrt(parts[known]) / tasks), freedoms[known]
        )
    return p, mean > 0


def _with_priors(
    cells: Sequence[Criterion],
    own: Array,
    freedom: int,
    first: NDArray[np.intp],
    second: NDArray[np.intp],
) -> tuple[Array, Array]:
    """`Prior.with_own` of many pairs; a prior that isn't known of both rows is none."""
    variances = np.array([cell.prior.variance for cell in cells])
    freedoms = np.array([cell.prior.freedom for cell in cells])
    shared = (variances[first] == variances[second]) & (freedoms[first] == freedoms[second])
    before = np.where(shared, freedoms[first], 0)
    total = before + freedom
    return (before * variances[first] + freedom * own) / total, total
