"""Buying labels within a budget."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from bench.metering.meter import BudgetExceeded
from suites.supernet.labels import affordable, buy, standardised
from tests.methods.supernet.invented import invented


def test_as_many_labels_are_bought_as_the_budget_holds_beside_learning():
    problem = invented("micro201", "gbdt", passes=60, label_passes=5)
    passes = problem.as_passes
    assert affordable(problem, lambda count: 0.0) == 12
    assert affordable(problem, lambda count: 1.0) == 11  # 12 x 5 passes would be all of it
    one_pass = 1 / passes(1.0)
    assert affordable(problem, lambda count: 7 * one_pass) == 10  # 60 - 7 = 53
    assert affordable(problem, lambda count: count * one_pass) == 10  # 6 passes each
    assert affordable(problem, lambda count: 61 * one_pass) == 0


def test_no_more_labels_are_bought_than_are_for_sale():
    problem = invented("micro201", "gbdt", passes=60, label_passes=1)
    assert affordable(problem, lambda count: 0.0) == len(problem.pool) == 12


def test_a_label_is_bought_once_and_belongs_to_its_architecture():
    problem = invented("micro201", "gbdt", passes=60)
    rows, accuracies = buy(problem, 10)
    assert len({row.tobytes() for row in rows}) == 10
    assert_allclose(accuracies, problem.space.count_parameters(rows))
    assert problem._meter.spent["labels"] == 10
    assert problem.progress == pytest.approx(50 / 60)


def test_a_label_that_does_not_fit_is_refused():
    problem = invented("micro201", "gbdt", passes=9)
    with pytest.raises(BudgetExceeded, match="a label would bring the flops"):
        buy(problem, 2)


def test_labels_are_standardised():
    # 1, 3: mean 2, deviation 1
    assert list(standardised(np.array([1.0, 3.0]))) == [-1.0, 1.0]
    assert list(standardised(np.array([0.5, 0.5]))) == [0.0, 0.0]
