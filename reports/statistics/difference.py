"""The paired difference of two methods: its mean, its 95% interval, and whether it is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reports.statistics.moderation import Prior
from reports.statistics.stratified import Cells, StratifiedMean, stratified_mean
from reports.statistics.student import Interval

LEAST_SEEDS = 3
"""Two differences can be alike by luck, so that they would look certain."""


@dataclass(frozen=True)
class Difference:
    """First minus second.

    Attributes:
        interval: the mean over tasks of each task's mean difference, in the scores' unit.
        p: two-sided p-value of "the mean difference is 0".
        estimate: the mean with its error, from which both come.
    """

    interval: Interval
    p: float
    estimate: StratifiedMean

    def at(self, level: float) -> Difference:
        """The same with an interval that leaves out 0 exactly where p is at most that level."""
        return replace(self, interval=self.estimate.interval_at(1 - level))


def rounding_variance(grain: float) -> float:
    """The variance of the difference of two values that are rounded to steps of that size."""
    return grain**2 / 6


def paired_difference(
    first: Cells, second: Cells, grains: Sequence[float] = (), priors: Sequence[Prior] = ()
) -> Difference:
    """How far two methods are apart over these tasks, paired on (task, seed).

    The stratified paired t-test and its interval: see `stratified_mean`, of the differences. With
    one task it is the usual paired t-test. It asks about these tasks under new seeds, not about new
    tasks. On fewer than `LEAST_SEEDS` pairs of any task it has no interval and separates nobody.

    Args:
        first, second: scores of two methods, one array a task, same seeds in the same order.
        grains: for each task the step in which its scores come, where they can't take any value:
            a share of 25 comes in steps of .04. The spread of a difference isn't taken to be less
            than what rounding two such scores makes, grain / sqrt(6): a few seeds often differ by
            the same step, and without spread that would look certain. Of shares of 50 that are .02
            on the mean, two seeds would be told apart at any level in 12 of 100 pairs of equal
            methods.
        priors: for each task what other pairs say of the variance of such a difference.
    """
    differences = [a - b for a, b in zip(first, second, strict=True)]
    floors = [rounding_variance(grain) for grain in grains]
    found = stratified_mean(differences, floors, LEAST_SEEDS, priors)
    return Difference(found.interval, found.p, found)
