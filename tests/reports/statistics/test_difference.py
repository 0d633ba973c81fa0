"""The paired difference: cases worked out by hand, and what its interval promises."""

from __future__ import annotations

from math import isnan, sqrt

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reports.statistics import paired_difference
from reports.statistics.stratified import EQUAL


def arrays(*tasks: list[float]) -> list[np.ndarray]:
    return [np.array(scores) for scores in tasks]


def test_one_task_is_the_usual_paired_t_interval() -> None:
    # d = 0.1, 0.2, 0.3: mean 0.2, s = 0.1, standard error 0.1 / sqrt(3), 2 degrees of freedom
    # half = t(0.975, 2) 0.1 / sqrt(3) = 4.302653 x 0.0577350 = 0.248414
    # t = 0.2 / 0.0577350 = 3.464102; p = 1 - t / sqrt(2 + t^2) = 1 - 3.464102 / sqrt(14)
    found = paired_difference(arrays([0.5, 0.7, 0.9]), arrays([0.4, 0.5, 0.6]))
    assert found.interval.mean == pytest.approx(0.2)
    assert found.interval.low == pytest.approx(0.2 - 0.248414, abs=1e-6)
    assert found.interval.high == pytest.approx(0.2 + 0.248414, abs=1e-6)
    assert found.p == pytest.approx(1 - 3.464102 / sqrt(14), abs=1e-6)


def test_two_tasks_are_weighed_alike_and_their_spreads_add() -> None:
    # task 1: d = 0, 1, 2: mean 1, s^2 / n = 1/3.  task 2: d = 2, 4, 6: mean 4, s^2 / n = 4/3
    # mean (1 + 4) / 2 = 2.5; variance (1/3 + 4/3) / 4 = 5/12
    # freedom (5/3)^2 / ((1/3)^2 / 2 + (4/3)^2 / 2) = 50 / 17 = 2.94, rounded down to 2
    # half = t(0.975, 2) sqrt(5/12) = 4.302653 x 0.645497 = 2.777350
    found = paired_difference(arrays([0, 1, 2], [2, 4, 6]), [np.zeros(3)] * 2)
    assert found.interval.mean == pytest.approx(2.5)
    assert found.interval.half == pytest.approx(2.777350, abs=1e-5)


@pytest.mark.parametrize("ours", [arrays([0.5]), arrays([0.5, 0.6]), arrays([1, 2, 3], [1, 3])])
def test_fewer_than_three_pairs_of_a_task_have_a_mean_and_no_interval(
    ours: list[np.ndarray],
) -> None:
    found = paired_difference(ours, [np.zeros(len(scores)) for scores in ours])
    assert found.interval.mean == pytest.approx(np.mean([scores.mean() for scores in ours]))
    assert isnan(found.interval.low)
    assert found.p == 1


@given(st.floats(0.0001, 0.9), st.lists(st.floats(-1, 1), min_size=3, max_size=6))
def test_the_interval_of_a_level_leaves_out_0_exactly_where_p_is_below_it(
    level: float, ours: list[float]
) -> None:
    found = paired_difference(arrays(ours), [np.zeros(len(ours))])
    assume(abs(found.p - level) > 1e-6 and found.estimate.error > 0)
    assume(abs(found.estimate.mean) >= EQUAL)  # below it there is no difference
    interval = found.at(level).interval
    assert (interval.low > 0 or interval.high < 0) == (found.p < level)


def test_equal_scores_are_no_difference() -> None:
    same = arrays([0.1, 0.2, 0.3], [0.3, 0.4, 0.4])
    found = paired_difference(same, same)
    assert (found.interval.low, found.interval.mean, found.interval.high) == (0, 0, 0)
    assert found.p == 1


def test_swapping_the_methods_turns_the_sign() -> None:
    one, other = arrays([0.1, 0.4, 0.2]), arrays([0.3, 0.2, 0.3])
    there, back = paired_difference(one, other), paired_difference(other, one)
    assert there.interval.mean == -back.interval.mean
    assert there.interval.low == -back.interval.high
    assert there.p == back.p == paired_difference(one, other).p


def test_the_interval_holds_the_true_difference_in_95_of_100_cases() -> None:
    generator = np.random.default_rng(3)
    inside = 0
    cases = 2000
    for _ in range(cases):  # 3 tasks of 5 seeds, spreads 1 : 2 : 3, a true difference of 0.5
        ours = [0.5 + spread * generator.standard_normal(5) for spread in (1, 2, 3)]
        found = paired_difference(ours, [np.zeros(5)] * 3).interval
        inside += found.low <= 0.5 <= found.high
    # 95%: 1900 of 2000, standard deviation sqrt(2000 x 0.95 x 0.05) = 10; freedom is rounded down
    assert 1865 <= inside <= 1960


def test_scores_that_come_in_steps_have_at_least_the_spread_of_their_rounding() -> None:
    # d = .04 in all 5 seeds: no spread, but steps of .04 make sqrt(.04^2 / 6) = .0163299 of it
    # standard error .0163299 / sqrt(5) = .0073030, t = .04 / .0073030 = sqrt(30) = 5.4772
    ours, theirs = arrays([0.08] * 5), arrays([0.04] * 5)
    assert paired_difference(ours, theirs).p == 0
    found = paired_difference(ours, theirs, [0.04])
    assert found.interval.high - found.interval.mean == pytest.approx(2.776445 * 0.0073030, 1e-4)
    assert found.p == pytest.approx(0.005409, abs=1e-5)


def test_steps_finer_than_the_spread_change_nothing() -> None:
    ours, theirs = arrays([0.5, 0.7, 0.9]), arrays([0.4, 0.5, 0.6])
    assert paired_difference(ours, theirs, [0.01]) == paired_difference(ours, theirs)


@pytest.mark.parametrize("seeds", [2, 3, 5])
@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
def test_equal_shares_of_25_are_seldom_told_apart_at_the_level_of_a_large_family(
    seeds: int, share: float
) -> None:
    # without the steps 1.2 to 9 of 100 pairs of equal methods with 2 or 3 seeds look certain
    generator = np.random.default_rng(3)
    drawn = generator.binomial(25, share, (1500, 2, seeds)) / 25
    wrong = sum(paired_difference([a], [b], [0.04]).p < 0.05 / 72 for a, b in drawn)
    assert wrong / 1500 < 0.004
