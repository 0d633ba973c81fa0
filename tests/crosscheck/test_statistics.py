"""reports.statistics against scipy, statsmodels, rliable and bencheval, on the same drawn scores.

Of rliable only `metrics`: its `library` (profiles, bootstraps) imports arch, which doesn't load
beside pandas 3.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from bencheval.winrate_utils import compute_winrate_matrix
from rliable import metrics as rliable
from scipy.stats import rankdata, ttest_rel
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from reports.statistics import STATISTICS, Scores, holm, paired_difference, seeds_needed

METHODS, TASKS, SEEDS = tuple("abcdef"), ("near", "far", "wide"), 5


@pytest.fixture(params=range(3))
def scores(request: pytest.FixtureRequest) -> Scores:
    """Scores with ties: rounded to steps of .05."""
    drawn = np.random.default_rng(request.param).normal(0.5, 0.2, (3, len(METHODS), SEEDS))
    return Scores(METHODS, TASKS, tuple(np.round(task * 20) / 20 for task in drawn))


def test_a_paired_difference_is_scipys_paired_t_test(scores: Scores) -> None:
    first, second = scores.values[0][:2]
    theirs = ttest_rel(first, second)
    ours = paired_difference([first], [second])
    assert ours.p == pytest.approx(theirs.pvalue)
    low, high = theirs.confidence_interval(0.95)
    assert (ours.interval.low, ours.interval.high) == pytest.approx((low, high))


def test_holm_is_statsmodels_holm() -> None:
    p_values = list(np.random.default_rng(4).uniform(0, 0.05, 40) ** 2)
    assert holm(p_values) == list(multipletests(p_values, 0.05, "holm")[0])


@pytest.mark.parametrize(("difference", "deviation"), [(0.05, 0.04), (0.05, 0.1), (0.01, 0.02)])
def test_the_seeds_that_are_needed_are_statsmodels_power(
    difference: float, deviation: float
) -> None:
    theirs = TTestPower().solve_power(difference / deviation, power=0.8, alpha=0.05)
    assert seeds_needed(difference, deviation) == int(np.ceil(theirs))


def test_mean_rank_is_scipys(scores: Scores) -> None:
    theirs = np.mean([rankdata(-task, axis=0).mean(1) for task in scores.values], axis=0)
    assert STATISTICS["mean_rank"].compute(scores)["mean_rank"] == pytest.approx(theirs)


def test_win_rate_is_bencheval_s(scores: Scores) -> None:
    runs = [
        (method, task, seed, 1 - scores.values[t][m, seed])
        for t, task in enumerate(TASKS)
        for m, method in enumerate(METHODS)
        for seed in range(SEEDS)
    ]
    frame = pd.DataFrame(runs, columns=["method", "task", "seed", "error"])
    theirs = compute_winrate_matrix(frame, seed_col="seed").mean(axis=1)  # the diagonal is NaN
    ours = STATISTICS["win_rate"].compute(scores)["win_rate"]
    assert ours == pytest.approx(list(theirs[list(METHODS)]), abs=1e-6)


def test_the_interquartile_mean_is_rliable_s(scores: Scores) -> None:
    ours = STATISTICS["interquartile_mean"].compute(scores)["interquartile_mean"]
    theirs = [
        rliable.aggregate_iqm(np.stack(scores.of(i), axis=1)) for i in range(len(METHODS))
    ]  # runs x tasks
    assert ours == pytest.approx(theirs)


def test_the_probability_of_improvement_is_rliable_s(scores: Scores) -> None:
    found = STATISTICS["probability_of_improvement"].compute(scores)["probability_of_improvement"]
    lead = int(np.argmax(STATISTICS["mean"].compute(scores)["mean"]))
    best = np.stack(scores.of(lead), axis=1)
    for i, ours in enumerate(found):
        theirs = rliable.probability_of_improvement(np.stack(scores.of(i), axis=1), best)
        assert ours == pytest.approx(theirs), METHODS[i]
