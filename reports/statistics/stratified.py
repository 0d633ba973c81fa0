"""A mean over tasks of each task's mean over seeds, and how sure it is under new seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from reports.statistics.moderation import NOTHING_KNOWN, Prior
from reports.statistics.student import CONFIDENCE, Interval, quantile, two_sided_p

Cells = Sequence[NDArray[np.float64]]
"""One array a task, each of shape (seeds of that task,)."""

EQUAL = 1e-12
"""A mean below this is rounding."""

ROUNDING = 1e-9
"""Degrees of freedom of 6.9999999999 are 7 by another rounding."""


@dataclass(frozen=True)
class StratifiedMean:
    """A stratified mean.

    Attributes:
        mean: over tasks of the mean over seeds, in the values' unit.
        error: its standard error; NaN where there is none.
        freedom: degrees of freedom; 0 where there are none.
    """

    mean: float
    error: float
    freedom: int

    @property
    def interval(self) -> Interval:
        """Its 95% interval; NaN bounds where there is none."""
        return self.interval_at(CONFIDENCE)

    def interval_at(self, confidence: float) -> Interval:
        """Its interval of another confidence; NaN bounds where there is none."""
        if not self.freedom:
            return Interval(self.mean, nan, nan)
        half = quantile(self.freedom, confidence) * self.error
        return Interval(self.mean, self.mean - half, self.mean + half)

    @property
    def p(self) -> float:
        """Two-sided p-value of "the mean is 0"; 1 where nothing can be said."""
        if not self.freedom or abs(self.mean) < EQUAL:
            return 1.0
        return two_sided_p(abs(self.mean) / self.error if self.error > 0 else inf, self.freedom)


def stratified_mean(
    cells: Cells,
    floors: Sequence[float] = (),
    least_seeds: int = 2,
    priors: Sequence[Prior] = (),
) -> StratifiedMean:
    """The mean over tasks of each task's mean, sure as far as seeds vary: these tasks, new seeds.

    Its variance is sum_t(s_t^2 / n_t) / tasks^2 from the spread within tasks, its degrees of
    freedom are Welch's and Satterthwaite's, rounded down (on the safe side). With one task it is
    the usual interval of a mean. Source: Welch, "The generalization of Student's problem when
    several different population variances are involved", Biometrika 34 (1947).

    Where a task has fewer than `least_seeds` nothing is said about seeds: there is no error.

    Args:
        cells: values of each task's seeds.
        floors: for each task the least variance that its values are taken to have.
        priors: for each task what is known of its values' variance beforehand; s_t^2 and its
            degrees of freedom are with it then (`Prior.with_own`).
    """
    means = np.array([values.mean() for values in cells])
    tasks, mean = len(means), float(means.mean())
    if min(len(values) for values in cells) < max(2, least_seeds):
        return StratifiedMean(mean, nan, 0)
    least = floors or [0.0] * tasks
    spreads = [float(values.var(ddof=1)) for values in cells]
    before = priors or [NOTHING_KNOWN] * tasks
    known = [
        prior.with_own(max(s, f), len(v) - 1)
        for prior, s, f, v in zip(before, spreads, least, cells, strict=True)
    ]
    parts = [variance / len(v) for (variance, _), v in zip(known, cells, strict=True)]
    square = sum(p**2 / freedom for p, (_, freedom) in zip(parts, known, strict=True))
    freedom = max(1, int(sum(parts) ** 2 / square + ROUNDING)) if square > 0 else 1
    return StratifiedMean(mean, sqrt(sum(parts)) / tasks, freedom)
