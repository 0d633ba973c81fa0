"""What the differences of many pairs vary by together says something of each of them.

Here: the prior that a family's variances make, and a variance with its prior. Not here: which
pairs are a family (reports.priors), the test that uses it (reports.statistics.stratified).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, pi

import numpy as np
from numpy.typing import NDArray

EULER = 0.5772156649015329

MOST = 200
"""Degrees of freedom from which on variances count as alike."""

LEAST = 1e-5
"""A variance below this share of the median one counts as that: of 0 there is no logarithm."""


@dataclass(frozen=True)
class Prior:
    """What is known of a pair's variance before its own seeds are looked at.

    Attributes:
        variance: in the square of the scores' unit.
        freedom: how many degrees of freedom that is worth; 0 for nothing.
    """

    variance: float
    freedom: int

    def with_own(self, variance: float, freedom: int) -> tuple[float, int]:
        """A pair's variance and its degrees of freedom, with the prior's.

        (d0 s0^2 + d s^2) / (d0 + d), with d0 + d degrees of freedom: Smyth, section 3.
        """
        total = self.freedom + freedom
        return (self.freedom * self.variance + freedom * variance) / total, total


NOTHING_KNOWN = Prior(0.0, 0)


def fit_prior(variances: NDArray[np.float64], freedom: int, bound: int = 1) -> Prior:
    """The prior that variances are drawn from: scaled inverse chi-squared, by the moments of logs.

    Source: Smyth, "Linear models and empirical Bayes methods for assessing differential expression
    in microarray experiments", Statistical Applications in Genetics and Molecular Biology 3 (2004),
    section 6.2. Its degrees of freedom are rounded down here (on the safe side), and bounded so
    that a pair's own seeds count as much as all other pairs together, or more. Without a bound a
    few rows that vary more than the others are told apart, though they are equal, in more than 5
    of 100 tables: `python tests/perf/bench_inference.py --bound 100`.

    Args:
        variances: one a pair, above 0.
        freedom: of each, seeds - 1.
        bound: how many times that the prior may be worth.
    Returns:
        Nothing known where there are fewer than two variances, or where they differ too much.
    """
    if len(variances) < 2:
        return NOTHING_KNOWN
    logs = np.log(np.maximum(variances, LEAST * np.median(variances)))
    logs -= log_bias(freedom)
    beyond_chance = float(logs.var(ddof=1)) - log_variance(freedom)
    if beyond_chance >= log_variance(1):
        return NOTHING_KNOWN
    found = max(d for d in range(1, MOST + 1) if log_variance(d) >= beyond_chance)
    bias = log_bias(found) if found < MOST else 0.0
    return Prior(float(np.exp(logs.mean() + bias)), min(found, bound * freedom))


def log_bias(freedom: int) -> float:
    """The mean of the log of a variance estimate, less the true one's: psi(d / 2) - log(d / 2)."""
    whole = freedom % 2 == 0
    digamma = -EULER - (0 if whole else 2 * log(2))  # of 1 and of 1 / 2; then psi(x+1) = psi + 1/x
    return digamma + sum(1 / x for x in _steps(freedom)) - log(freedom / 2)


def log_variance(freedom: int) -> float:
    """The variance of the log of a variance estimate, psi'(d / 2); it falls with d."""
    trigamma = pi**2 / (6 if freedom % 2 == 0 else 2)
    return trigamma - sum(1 / x**2 for x in _steps(freedom))


def _steps(freedom: int) -> list[float]:
    """1, 2, ... or 1/2, 3/2, ..., each below half of the degrees of freedom."""
    first = 1.0 if freedom % 2 == 0 else 0.5
    return [first + i for i in range((freedom - 1) // 2)]
