"""What is known, before two rows are compared, of how their difference varies from seed to seed.

Here: for each task and each thing that rows are ranked by, the prior of the variance of a paired
difference, from all pairs of the board's rows. Not here: the prior's arithmetic
(reports.statistics.moderation), the tests that use it (reports.criteria).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from reports.statistics import NOTHING_KNOWN, Prior, fit_prior, rounding_variance
from reports.statistics.difference import LEAST_SEEDS

if TYPE_CHECKING:
    from reports.board import Cell, Row

LEAST_ROWS = 5
"""Of fewer rows the pairs' variances say too little of each other."""


def with_priors(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The same rows, each of whose cells knows the prior of its task.

    A row with a failed run varies in a way of its own: it neither makes a prior nor has one.
    """
    held = list(rows)
    tasks = dict.fromkeys(task for row in held for task in row.cells)
    fitted = {task: _of_task([r.cells[task] for r in held if task in r.cells]) for task in tasks}
    return tuple(
        replace(row, cells={task: _told(cell, *fitted[task]) for task, cell in row.cells.items()})
        for row in held
    )


def _told(cell: Cell, of_score: Prior, of_ordering: Sequence[Prior]) -> Cell:
    if not cell.whole:
        return cell
    ordering = tuple(
        replace(criterion, prior=prior)
        for criterion, prior in zip(cell.ordering, of_ordering, strict=True)
    )
    return replace(cell, prior=of_score, ordering=ordering)


def _of_task(cells: Sequence[Cell]) -> tuple[Prior, list[Prior]]:
    """The prior of the score's differences, and of each metric's that the task is ranked by."""
    whole = [cell for cell in cells if cell.whole]
    of_score = prior_of([cell.scores for cell in whole], cells[0].grain)
    criteria = zip(*(cell.ordering for cell in whole), strict=True)
    of_ordering = [prior_of([c.strengths for c in own], own[0].grain) for own in criteria]
    return of_score, of_ordering or [NOTHING_KNOWN] * len(cells[0].ordering)


def prior_of(values: Sequence[NDArray[np.float64]], grain: float = 0.0, bound: int = 1) -> Prior:
    """The prior of the variance, over seeds, of the difference of two rows; see `fit_prior`.

    Two rows that are the same on every seed (a method whose tuning chose its defaults) are one.

    Args:
        values: each row's, shape (seeds,); a row with NaN is left out.
        grain: see `paired_difference`.
        bound: how many times a pair's own degrees of freedom it may be worth.
    """
    known = [row for row in values if not np.isnan(row).any()]
    if len(known) < LEAST_ROWS or len(known[0]) < LEAST_SEEDS:
        return NOTHING_KNOWN
    stacked = np.unique(np.stack(known), axis=0)
    first, second = np.triu_indices(len(stacked), 1)
    variances = (stacked[first] - stacked[second]).var(1, ddof=1)
    variances = np.maximum(variances, rounding_variance(grain))
    return fit_prior(variances[variances > 0], len(known[0]) - 1, bound)
