"""reports.statistics.power: how many seeds show a difference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.statistics import Prior, paired_difference, power_of, seeds_needed


@pytest.mark.parametrize(
    ("effect", "seeds"),
    [(0.2, 199), (0.5, 34), (0.8, 15), (1.0, 10)],
)
def test_the_tables_sizes_for_small_medium_and_large_effects(effect: float, seeds: int) -> None:
    """A paired t-test, two-sided, 5%, 80%: statsmodels' TTestPower and G*Power give these."""
    assert seeds_needed(effect, 1.0) == seeds


@settings(max_examples=40, deadline=None)
@given(st.floats(0.02, 0.5), st.floats(0.01, 0.5))
def test_one_seed_fewer_is_too_few(difference: float, deviation: float) -> None:
    seeds = seeds_needed(difference, deviation)
    assert power_of(difference, deviation, seeds) >= 0.8
    assert seeds == 2 or power_of(difference, deviation, seeds - 1) < 0.8


def test_without_spread_two_seeds_do() -> None:
    assert seeds_needed(0.05, 0.0) == 2


def test_the_test_of_the_tables_has_that_power() -> None:
    draws = np.random.default_rng(0)
    seeds = seeds_needed(0.05, 0.06)
    shown = [
        paired_difference([draws.normal(0.05, 0.06, seeds)], [np.zeros(seeds)]).p < 0.05
        for _ in range(2000)
    ]
    assert np.mean(shown) == pytest.approx(power_of(0.05, 0.06, seeds), abs=0.03)


def test_the_moderated_test_has_that_power_with_what_its_prior_is_worth() -> None:
    # truths drawn as the prior says: scaled inverse chi-squared of 4 degrees of freedom
    draws, prior = np.random.default_rng(0), Prior(0.06**2, 4)
    deviations = 0.06 * np.sqrt(4 / draws.chisquare(4, 2000))
    zeros = [np.zeros(5)]
    p_values = [
        paired_difference([draws.normal(0, deviation, 5)], zeros, priors=[prior]).p
        for deviation in deviations
    ]
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.02)
    assert power_of(0.1, 0.06, 5, level=0.001, known=4) > power_of(0.1, 0.06, 5, level=0.001)
    assert seeds_needed(0.1, 0.06, level=0.001, known=4) < seeds_needed(0.1, 0.06, level=0.001)
