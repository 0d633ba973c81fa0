"""What many pairs' variances say of one: cases worked out by hand, and the formulas' own source."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import digamma, polygamma

from reports.statistics import NOTHING_KNOWN, Prior, fit_prior, paired_difference
from reports.statistics.moderation import log_bias, log_variance


@pytest.mark.parametrize("freedom", range(1, 40))
def test_the_log_of_a_variance_has_the_mean_and_variance_of_a_log_chi_squared(freedom: int) -> None:
    assert log_bias(freedom) == pytest.approx(digamma(freedom / 2) - log(freedom / 2), abs=1e-12)
    assert log_variance(freedom) == pytest.approx(polygamma(1, freedom / 2), abs=1e-12)


def test_variances_that_are_alike_are_worth_as_much_as_a_pairs_own() -> None:
    # their logs don't vary, so not more than chance: the bound; and they are what estimates with
    # 4 degrees of freedom are of exp(-(psi(2) - log 2)) = exp(.2704) = 1.3104 times as much
    found = fit_prior(np.array([0.04, 0.04, 0.04]), 4)
    assert found.freedom == 4
    assert found.variance == pytest.approx(0.04 * 1.3104, rel=1e-4)


def test_variances_that_vary_more_are_worth_less() -> None:
    # logs -1.5 and 1.5: variance 4.5, less psi'(1) = 1.645 of chance: 2.855, which is between
    # psi'(1 / 2) = 4.935 and psi'(1): 1 degree of freedom, rounded down.
    # log s0^2 = 0 - (psi(1) - log 1) + (psi(1 / 2) - log(1 / 2))
    #          = .57722 - .57722 - 2 log 2 + log 2 = -log 2: s0^2 = .5
    found = fit_prior(np.array([exp(-1.5), exp(1.5)]), 2)
    assert found.freedom == 1
    assert found.variance == pytest.approx(0.5)


@pytest.mark.parametrize("variances", [[], [0.04], [exp(-2), exp(2)]])
def test_too_few_or_too_different_variances_say_nothing(variances: list[float]) -> None:
    # logs -2 and 2: variance 8, less 1.645: more than any whole degree of freedom makes
    assert fit_prior(np.array(variances), 2) == NOTHING_KNOWN


def test_a_prior_is_found_again_from_what_is_drawn_from_it() -> None:
    generator = np.random.default_rng(0)
    truth = 0.04 * 3 / generator.chisquare(3, 100_000)
    drawn = truth * generator.chisquare(6, len(truth)) / 6
    found = fit_prior(drawn, 6)
    assert found.freedom in (2, 3)  # rounded down from about 3
    assert found.variance == pytest.approx(0.04, rel=0.2)


def test_a_variance_lies_between_the_priors_and_its_own() -> None:
    # (1 x .5 + 2 x 2) / 3 = 1.5 with 3 degrees of freedom
    assert Prior(0.5, 1).with_own(2.0, 2) == (1.5, 3)
    assert NOTHING_KNOWN.with_own(2.0, 2) == (2.0, 2)


def test_a_difference_is_as_sure_as_its_moderated_variance_says() -> None:
    # d = .1, .2, .3: mean .2, s^2 = .01; prior .04 with 2: (.08 + .02) / 4 = .025 with 4
    # standard error sqrt(.025 / 3) = .0912871; half = t(.975, 4) = 2.776445 x that = .253453
    ours, theirs = [np.array([0.5, 0.7, 0.9])], [np.array([0.4, 0.5, 0.6])]
    found = paired_difference(ours, theirs, priors=[Prior(0.04, 2)])
    assert found.estimate.freedom == 4
    assert found.interval.half == pytest.approx(0.253453, abs=1e-6)


@given(
    st.lists(st.floats(1e-6, 1e3), min_size=2, max_size=30),
    st.integers(2, 12),
    st.floats(0.01, 100),
)
def test_a_prior_has_the_unit_of_its_variances(
    variances: list[float], freedom: int, factor: float
) -> None:
    one = fit_prior(np.array(variances), freedom)
    other = fit_prior(factor * np.array(variances), freedom)
    assert 0 <= one.freedom <= freedom
    assert abs(one.freedom - other.freedom) <= 1  # at the edge of rounding down
    if one.freedom == other.freedom:
        assert other.variance == pytest.approx(factor * one.variance)
