"""The bootstrap over tasks and seeds."""

import numpy as np
import pytest

from reports.statistics import hierarchical_weights, percentile_interval


def test_every_draw_is_a_mean() -> None:
    weights = hierarchical_weights([5, 3, 1], draws=200)
    assert weights.shape == (200, 9)
    assert weights.sum(1) == pytest.approx(np.ones(200))
    assert (weights >= 0).all()


def test_a_draw_takes_whole_tasks_with_replacement() -> None:
    # two tasks of one seed each: a draw weighs them 0 + 1, 0.5 + 0.5 or 1 + 0,
    # with probabilities 1/4, 1/2, 1/4
    weights = hierarchical_weights([1, 1], draws=4000)
    shares, counts = np.unique(weights[:, 0], return_counts=True)
    assert shares == pytest.approx([0, 0.5, 1])
    assert counts / 4000 == pytest.approx([0.25, 0.5, 0.25], abs=0.03)


def test_within_a_task_seeds_are_drawn_with_replacement() -> None:
    # one task of two seeds: seed 0 is drawn 0, 1 or 2 times of 2
    weights = hierarchical_weights([2], draws=4000)
    shares, counts = np.unique(weights[:, 0], return_counts=True)
    assert shares == pytest.approx([0, 0.5, 1])
    assert counts / 4000 == pytest.approx([0.25, 0.5, 0.25], abs=0.03)


def test_draws_are_the_same_every_time() -> None:
    assert (hierarchical_weights([5, 5]) == hierarchical_weights([5, 5])).all()


def test_methods_that_differ_by_a_constant_differ_by_it_in_every_draw() -> None:
    scores = np.random.default_rng(0).normal(size=10)
    weights = hierarchical_weights([5, 5])
    difference = (scores + 0.1) @ weights.T - scores @ weights.T
    assert difference == pytest.approx(np.full(2000, 0.1))


def test_the_interval_holds_the_middle_95_percent_of_draws() -> None:
    # draws 0, 1, ..., 1000: 2.5% lies at 25, 97.5% at 975
    interval = percentile_interval(480.0, np.arange(1001.0))
    assert (interval.mean, interval.low, interval.high) == (480.0, 25.0, 975.0)


def test_with_few_tasks_the_interval_covers_less_than_it_says() -> None:
    # what the docstring admits: four tasks (spread 0.2) of five seeds (spread 0.1), 400 suites
    generator = np.random.default_rng(3)
    weights = hierarchical_weights([5] * 4, draws=500)
    covered = 0
    for _ in range(400):
        tasks = generator.normal(0.5, 0.2, size=4)
        scores = (tasks[:, None] + generator.normal(0, 0.1, size=(4, 5))).ravel()
        interval = percentile_interval(scores.mean(), scores @ weights.T)
        covered += interval.low <= 0.5 <= interval.high
    assert 0.70 < covered / 400 < 0.90
