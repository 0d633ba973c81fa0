"""The paired difference: cases worked out by hand, and what its interval promises."""

from __future__ import annotations

from math import isnan, sqrt

import numpy as np
import pytest

from reports.statistics import paired_difference, paired_p


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
    # task 1: d = 0, 2: mean 1, s^2 = 2, s^2 / n = 1.  task 2: d = 2, 3, 4: mean 3, s^2 / n = 1/3
    # mean (1 + 3) / 2 = 2; variance (1 + 1/3) / 4 = 1/3
    # freedom (4/3)^2 / (1^2 / 1 + (1/3)^2 / 2) = 1.7778 / 1.0556 = 1.68, rounded down to 1
    # half = t(0.975, 1) sqrt(1/3) = 12.706205 x 0.577350 = 7.335931
    found = paired_difference(arrays([0, 2], [2, 3, 4]), arrays([0, 0], [0, 0, 0]))
    assert found.interval.mean == pytest.approx(2)
    assert found.interval.half == pytest.approx(7.335931, abs=1e-5)


def test_single_seeds_are_compared_across_tasks() -> None:
    # d = 1 and 3, one seed each: mean 2, variance 2 / 2 = 1, 1 degree of freedom, half = 12.706205
    found = paired_difference(arrays([1], [3]), arrays([0], [0]))
    assert found.interval.mean == pytest.approx(2)
    assert found.interval.half == pytest.approx(12.706205, abs=1e-5)


def test_a_single_pair_has_a_mean_and_no_interval() -> None:
    found = paired_difference(arrays([0.5]), arrays([0.2]))
    assert found.interval.mean == pytest.approx(0.3)
    assert isnan(found.interval.low)
    assert found.p == 1


def test_equal_scores_are_no_difference() -> None:
    same = arrays([0.1, 0.2], [0.3, 0.4])
    found = paired_difference(same, same)
    assert (found.interval.low, found.interval.mean, found.interval.high) == (0, 0, 0)
    assert found.p == 1


def test_swapping_the_methods_turns_the_sign() -> None:
    one, other = arrays([0.1, 0.4, 0.2]), arrays([0.3, 0.2, 0.3])
    there, back = paired_difference(one, other), paired_difference(other, one)
    assert there.interval.mean == -back.interval.mean
    assert there.interval.low == -back.interval.high
    assert there.p == back.p == paired_p(one, other)


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
