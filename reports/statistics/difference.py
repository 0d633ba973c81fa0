"""The paired difference of two methods: its mean, its 95% interval, and whether it is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from reports.statistics.student import Interval, quantile, two_sided_p

Cells = Sequence[NDArray[np.float64]]
"""One array a task, each of shape (seeds of that task,)."""

EQUAL = 1e-12
"""A mean difference below this is rounding."""


@dataclass(frozen=True)
class Difference:
    """First minus second.

    Attributes:
        interval: the mean over tasks of each task's mean difference, in the scores' unit.
        p: two-sided p-value of "the mean difference is 0".
    """

    interval: Interval
    p: float


def paired_difference(first: Cells, second: Cells, grains: Sequence[float] = ()) -> Difference:
    """How far two methods are apart over these tasks, paired on (task, seed).

    The stratified paired t-test and its interval: d is the difference of a pair; the estimate is
    the mean over tasks of each task's mean d, its variance sum_t(s_t^2 / n_t) / tasks^2 from the
    spread within tasks, its degrees of freedom Welch's and Satterthwaite's, rounded down (on the
    safe side). With one task it is the usual paired t-test. It asks about these tasks under new
    seeds, not about new tasks. Source: Welch, "The generalization of Student's problem when
    several different population variances are involved", Biometrika 34 (1947).

    Where a task has a single seed nothing can be said about seeds, and the tasks' mean
    differences are tested instead (tasks - 1 degrees of freedom); a single pair has no interval
    and separates nobody.

    Args:
        first, second: scores of two methods, one array a task, same seeds in the same order.
        grains: for each task the step in which its scores come, where they can't take any value:
            a share of 25 comes in steps of .04. The spread of d isn't taken to be less than what
            rounding two such scores makes, grain / sqrt(6): a few seeds often differ by the same
            step, and without spread that would look certain. Of shares of 50 that are .02 on the
            mean, two seeds would be told apart at any level in 12 of 100 pairs of equal methods.
    """
    differences = [a - b for a, b in zip(first, second, strict=True)]
    floors = [grain**2 / 6 for grain in grains] or [0.0] * len(differences)
    means = np.array([d.mean() for d in differences])
    tasks = len(means)
    mean = float(means.mean())
    if min(len(d) for d in differences) > 1:
        spreads = [float(d.var(ddof=1)) for d in differences]
        parts = [max(s, f) / len(d) for s, f, d in zip(spreads, floors, differences, strict=True)]
        variance = sum(parts) / tasks**2
        square = sum(p**2 / (len(d) - 1) for p, d in zip(parts, differences, strict=True))
        freedom = max(1, int(sum(parts) ** 2 / square)) if square > 0 else 1
    elif tasks > 1:
        variance, freedom = float(means.var(ddof=1)) / tasks, tasks - 1
    else:
        return Difference(Interval(mean, nan, nan), 1.0)
    error = sqrt(variance)
    half = quantile(freedom) * error
    interval = Interval(mean, mean - half, mean + half)
    if abs(mean) < EQUAL:
        return Difference(interval, 1.0)
    return Difference(interval, two_sided_p(abs(mean) / error if error > 0 else inf, freedom))
