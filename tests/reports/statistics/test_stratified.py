"""The mean over tasks of the mean over seeds, with its standard error."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from reports.statistics import stratified_mean


def arrays(*tasks: list[float]) -> list[np.ndarray]:
    return [np.array(values) for values in tasks]


def test_tasks_weigh_alike_and_their_spreads_add() -> None:
    # task 1: 0, 2: mean 1, s^2 / n = 2 / 2 = 1.  task 2: 2, 3, 4: mean 3, s^2 / n = 1 / 3
    # mean 2; error sqrt(1 + 1/3) / 2 = .577350
    # freedom (4/3)^2 / (1^2 / 1 + (1/3)^2 / 2) = 1.7778 / 1.0556 = 1.68, rounded down to 1
    found = stratified_mean(arrays([0, 2], [2, 3, 4]))
    assert (found.mean, found.error) == pytest.approx((2, 0.577350), abs=1e-6)
    assert found.freedom == 1


def test_whole_degrees_of_freedom_stay_whole_whatever_their_rounding() -> None:
    # eight seeds alike on one task: (s^2 / 8)^2 / ((s^2 / 8)^2 / 7) = 7, computed as 6.999...
    values = np.array([0.1, 0.7, 0.2, 0.5, 0.9, 0.3, 0.35, 0.15])
    for factor in np.linspace(0.1, 3, 50):
        assert stratified_mean([factor * values]).freedom == 7


def test_a_least_variance_stands_in_where_values_have_none() -> None:
    # .04 in each of 5 seeds, least variance .0004: error sqrt(.0004 / 5) = .00894427
    found = stratified_mean(arrays([0.04] * 5), [0.0004])
    assert found.error == pytest.approx(0.00894427, abs=1e-8)
    assert found.freedom == 4


def test_a_single_seed_of_any_task_tells_nothing_of_seeds() -> None:
    found = stratified_mean(arrays([1], [3, 4]))
    assert found.mean == 2.25
    assert isnan(found.interval.low)
    assert found.p == 1
