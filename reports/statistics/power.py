"""How many seeds show a difference: the power of the paired t-test."""

from __future__ import annotations

from math import sqrt

from reports.statistics.student import quantile

POWER, LEVEL = 0.8, 0.05
MOST = 10_000
"""Nobody runs more seeds."""


def power_of(
    difference: float, deviation: float, seeds: int, level: float = LEVEL, known: int = 0
) -> float:
    """The probability that a two-sided paired t-test of that many pairs shows which is better.

    Under the alternative t has a noncentral distribution with seeds - 1 + known degrees of freedom
    and noncentrality difference sqrt(seeds) / deviation; source: Cohen, "Statistical Power Analysis
    for the Behavioral Sciences" (1988), 2.2.

    Args:
        difference, deviation: the mean and the standard deviation of the paired differences, in one
            unit; deviation above 0.
        seeds: pairs, at least 2.
        known: degrees of freedom that the deviation is known to beyond the seeds' own.
    """
    from scipy.stats import nct  # here, as importing it takes seconds

    freedom = seeds - 1 + known
    critical = quantile(freedom, 1 - level)
    shift = difference * sqrt(seeds) / deviation
    return float(nct.sf(critical, freedom, shift))


def seeds_needed(
    difference: float,
    deviation: float,
    power: float = POWER,
    level: float = LEVEL,
    known: int = 0,
) -> int:
    """The least number of pairs with which the paired t-test has that power; at most MOST.

    Args:
        difference, deviation, known: as for `power_of`; without any deviation 2 pairs do.
    """
    if deviation <= 0:
        return 2
    low, high = 1, 2
    while power_of(difference, deviation, high, level, known) < power:
        if high >= MOST:
            return MOST
        low, high = high, min(2 * high, MOST)
    while high - low > 1:
        middle = (low + high) // 2
        if power_of(difference, deviation, middle, level, known) < power:
            low = middle
        else:
            high = middle
    return high
