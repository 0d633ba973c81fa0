"""suites.hypernet.measures: golden cases worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suites.hypernet.measures import (
    area,
    backward_transfer,
    failure_rate,
    forgetting,
    sensitivity,
    spikes,
    steps_to,
    usable_decades,
    variation,
)

NAN, INF = math.nan, math.inf
LOSSES = st.lists(st.floats(0, 10) | st.just(INF) | st.just(NAN), min_size=1, max_size=8)


def test_a_training_fails_above_the_limit_or_where_its_loss_isnt_finite() -> None:
    # of .3, 2.0, 2.1, inf, nan the last three
    assert failure_rate([0.3, 2.0, 2.1, INF, NAN], 2.0) == 3 / 5


def test_sensitivity_is_the_mean_of_capped_losses_less_the_best() -> None:
    # ln 10 = 2.302585; (0.2 + 0.5 + 2.302585 + 2.302585) / 4 - 0.2 = 1.1262925
    assert sensitivity([0.2, 0.5, 5.0, INF], 10) == pytest.approx(1.1262925)


def test_a_method_that_never_learns_has_no_sensitivity() -> None:
    assert sensitivity([2.3, 2.31, NAN], 10) is None
    # .8 ln 10 = 1.842
    assert sensitivity([1.843, 2.3], 10) is None
    assert sensitivity([1.841, 2.3], 10) is not None


@given(LOSSES)
def test_sensitivity_is_never_negative_and_at_most_the_cap(losses: list[float]) -> None:
    found = sensitivity(losses, 10)
    assert found is None or 0 <= found <= math.log(10)


def test_usable_decades_run_without_a_gap_around_the_best() -> None:
    rates, losses = [1e-4, 1e-3, 1e-2, 1e-1], [0.2, 0.9, 0.2, 0.25]
    # best .2 at 1e-4 comes first, 1e-3 isn't usable: itself, and half a step up
    assert usable_decades(rates, losses, 10) == pytest.approx(0.5)
    # best .2 at 1e-2, 1e-1 within 1.5 x: one decade, half a step down, nothing above the grid
    assert usable_decades(rates[1:], losses[1:], 10) == pytest.approx(1.5)


def test_nothing_is_usable_where_nothing_was_learnt() -> None:
    assert usable_decades([1e-3, 1e-2], [2.3, INF], 10) == 0


def test_area_is_the_mean_over_the_logarithm_of_the_rate() -> None:
    # decades 1 and 2 wide: (1 (1.0 + 0.4) / 2 + 2 (0.4 + 0.8) / 2) / 3 = 1.9 / 3
    assert area([1e-4, 1e-3, 1e-1], [1.0, 0.4, 0.8], 10) == pytest.approx(1.9 / 3)
    assert area([1e-3, 1e-2], [NAN, INF], 10) == pytest.approx(math.log(10))


def test_steps_to_a_target_count_a_mean_of_the_last_losses() -> None:
    # means of two: -, 2.5, 1.5, .75: at most 1.0 first after the fourth
    assert steps_to([3.0, 2.0, 1.0, 0.5], 1.0, window=2) == 4
    assert steps_to([3.0, 2.0], 1.0, window=2) is None
    assert steps_to([3.0, NAN, 0.1, 0.1, 0.1], 1.0, window=2) is None


def test_a_rise_over_several_steps_is_one_spike() -> None:
    calm = [1.0 + 0.01 * (i % 3) for i in range(60)]
    assert spikes(calm) == 0
    assert spikes([*calm, 5.0, 6.0, *calm[:10], 7.0]) == 2
    assert spikes([*calm, NAN]) == 1


def test_variation_is_the_deviation_over_the_mean() -> None:
    # mean 2, deviations -1 and 1
    assert variation([1.0, 3.0]) == 0.5
    assert variation([0.0, 0.0]) == 0.0


def test_backward_transfer_and_forgetting_of_three_tasks() -> None:
    matrix = [[0.9, 0.1, 0.1], [0.95, 0.8, 0.1], [0.7, 0.9, 0.6]]
    # (.7 - .9 + .9 - .8) / 2 = -.05; forgotten since before the last: (.95 - .7 + .8 - .9) / 2
    assert backward_transfer(matrix) == pytest.approx(-0.05)
    assert forgetting(matrix) == pytest.approx(0.075)
