"""suites.supernet.measures: golden cases worked out by hand, invariants, and scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr, weightedtau

from bench.contract.job import Diverged
from suites.supernet import measures
from suites.supernet.measures import (
    against_others,
    best_first,
    best_rank,
    count_pairs,
    equal_pairs,
    infinities,
    joint_ranks,
    mean_truth,
    one_seed,
    precision,
    regret,
    sparse_tau,
    spearman,
    standard_error,
    standings,
    tau,
    tau_in_top,
    top_count,
    truly_top,
)

NAN, INF = math.nan, math.inf


def floats(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def drawn(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


PAIRED = st.lists(st.tuples(st.integers(-4, 4), st.integers(0, 4)), min_size=2, max_size=12).map(
    lambda pairs: (floats(*(p for p, _ in pairs)), floats(*(t for _, t in pairs)))
)
"""Predicted and true values with ties."""


def random_lists() -> list[tuple[np.ndarray, np.ndarray]]:
    draws = np.random.default_rng(0)
    found = []
    for n, levels in ((3, 9), (5, 3), (40, 4), (200, 30), (300, 10**6)):
        predicted = draws.integers(0, levels, n).astype(float)
        found.append((predicted, np.round(predicted / levels + draws.normal(size=n), 1)))
    return found


def test_tau_counts_concordant_less_discordant_pairs_and_ties_on_either_side() -> None:
    predicted, true = floats(1, 2, 2, 3), floats(1, 3, 2, 2)
    # pairs 01 +, 02 +, 03 +; 12 tied in predicted; 13 -; 23 tied in true: 3 - 1 = 2
    # untied in predicted: 5; in true: 5. 2 / sqrt(5 x 5) = .4
    assert tau(predicted, true) == pytest.approx(0.4)
    assert tau(predicted, true) == pytest.approx(kendalltau(predicted, true).statistic)
    assert count_pairs(true) == 5


def test_tau_over_chosen_pairs_counts_those_alone() -> None:
    predicted, true, parameters = (
        floats(1, 2, 5, 3, 4),
        floats(1, 2, 3, 5, 4),
        floats(7, 7, 9, 9, 9),
    )
    # equal parameters: 01 +, 23 -, 24 -, 34 -: (1 - 3) / sqrt(4 x 4)
    pairs = equal_pairs(parameters)
    assert tau(predicted, true, pairs) == pytest.approx(-0.5)
    assert count_pairs(true, pairs) == 4


def test_counting_parameters_has_no_tau_over_pairs_of_equal_parameters() -> None:
    parameters, true = floats(7, 7, 9, 9), floats(1, 2, 3, 4)
    assert tau(parameters, true) == pytest.approx(4 / math.sqrt(4 * 6))
    assert tau(parameters, true, equal_pairs(parameters)) == 0


def test_pairs_can_be_matched_on_several_things() -> None:
    parameters, chain = floats(7, 7, 7, 9), np.array([[2, 0], [2, 0], [2, 1], [2, 0]])
    both = equal_pairs(parameters) & equal_pairs(chain)
    # all of 0, 1, 2 have 7 parameters; of them 0 and 1 have the chain (2, 0)
    assert np.argwhere(np.triu(both, 1)).tolist() == [[0, 1]]


def test_numbers_within_a_ratio_count_as_equal() -> None:
    # 1100 / 1000 = 1.1; 1101 / 1000 > 1.1; 1101 / 1100 < 1.1
    pairs = equal_pairs(floats(1000, 1100, 1101), within=0.1)
    assert pairs.tolist() == [[True, True, False], [True, True, True], [False, True, True]]


def test_a_measure_is_none_where_the_truth_leaves_nothing_to_compare() -> None:
    same, scores = floats(2, 2, 2), floats(1, 2, 3)
    assert tau(scores, same) is None
    assert spearman(scores, same) is None
    assert tau(scores, floats(1, 2, 3), equal_pairs(floats(1, 2, 3))) is None
    assert one_seed(tau, floats(1, 2, 3)[:, None]) is None


@pytest.mark.parametrize("measure", [tau, spearman, lambda p, t: sparse_tau(p, t, 0.5)])
def test_a_constant_scorer_has_a_correlation_of_zero(measure) -> None:
    assert measure(floats(5, 5, 5, 5), floats(1, 2, 3, 4)) == 0
    assert math.isnan(kendalltau([5, 5, 5, 5], [1, 2, 3, 4]).statistic)


def test_not_a_number_diverges_and_says_how_many() -> None:
    with pytest.raises(Diverged, match="NaN for 2 of 3 architectures"):
        tau(floats(NAN, 1, NAN), floats(1, 2, 3))


def test_infinities_rank_last_together_and_are_counted() -> None:
    predicted = floats(INF, -5, -INF, 3)
    assert standings(predicted).tolist() == [0, 1, 0, 2]
    assert infinities(predicted) == 2
    assert best_first(predicted, drawn())[:2].tolist() == [3, 1]


def test_sparse_tau_takes_differences_within_a_bin_for_ties() -> None:
    predicted, true = floats(2, 1, 3, 4), floats(0.911, 0.9112, 0.925, 0.933)
    # bins of .01: 91, 91, 92, 93: the one wrong pair, 01, is a tie: 5 of 5 concordant,
    # 6 untied in predicted, 5 in true: 5 / sqrt(30)
    assert sparse_tau(predicted, true, 0.01) == pytest.approx(5 / math.sqrt(30))
    # without bins 5 - 1 of 6
    assert sparse_tau(predicted, true, 0) == pytest.approx(4 / 6)


def test_spearman_is_the_correlation_of_ranks() -> None:
    # ranks 1 2 3 4 and 1 3 2 4: differences 0 1 1 0: 1 - 6 x 2 / (4 x 15) = .8
    assert spearman(floats(1, 20, 300, 4000), floats(1, 3, 2, 4)) == pytest.approx(0.8)


def test_a_share_of_a_list_is_to_the_nearest_and_at_least_one() -> None:
    # 51.2, 21.4, 1.8, .25, 2.5 (halves up)
    cases = ((1024, 0.05, 51), (214, 0.1, 21), (36, 0.05, 2), (5, 0.05, 1), (25, 0.1, 3))
    assert [top_count(n, share) for n, share, _ in cases] == [count for *_, count in cases]


def test_what_ties_with_the_last_of_the_top_is_in_it() -> None:
    assert truly_top(floats(5, 3, 3, 1), 0.5).tolist() == [True, True, True, False]


def test_tau_in_the_top_looks_at_the_truly_best_alone() -> None:
    true, predicted = floats(1, 2, 3, 4, 5, 6, 7, 8), floats(1, 2, 3, 4, 5, 7, 8, 6)
    # the best half are 5 6 7 8, predicted 5 7 8 6: 6 pairs, of which 68 and 78 are wrong
    assert tau_in_top(predicted, true, 0.5) == pytest.approx(2 / 6)


def test_precision_best_rank_and_regret_look_at_the_predicted_best() -> None:
    true, predicted = floats(0.90, 0.80, 0.70, 0.60, 0.50, 0.40), floats(1, 3, 6, 5, 4, 2)
    # predicted best first: 2 3 4 1 5 0
    # the best half: predicted 2 3 4, true 0 1 2: one of three
    assert precision(predicted, true, 0.5, drawn()) == pytest.approx(1 / 3)
    # the predicted best is truly third; of the predicted four best, 1 is second
    assert best_rank(predicted, true, 1, drawn()) == 3
    assert best_rank(predicted, true, 4, drawn()) == 2
    # .90 - .70, and .90 - .80, in points
    assert regret(predicted, true, 1, drawn()) == pytest.approx(20)
    assert regret(predicted, true, 4, drawn()) == pytest.approx(10)


def test_a_joint_histogram_shares_out_the_list_by_both_ranks() -> None:
    true, predicted = floats(8, 7, 6, 5, 4, 3, 2, 1), floats(8, 7, 2, 5, 6, 3, 4, 1)
    # better half by truth 0 1 2 3, predicted 0 1 4 3: three of eight agree, one each way
    expected = [[3 / 8, 1 / 8], [1 / 8, 3 / 8]]
    assert joint_ranks(predicted, true, 2, drawn()).tolist() == expected


def test_ties_in_the_top_fall_by_the_generator_and_evenly() -> None:
    true, predicted = floats(4, 3, 2, 1), floats(0, 7, 7, 7)
    firsts = [int(best_first(predicted, drawn(seed))[0]) for seed in range(600)]
    counts = np.bincount(firsts, minlength=4)
    # 200 each, with a deviation of sqrt(600 x 1/3 x 2/3) = 11.5
    assert counts[0] == 0
    assert (np.abs(counts[1:] - 200) < 4 * 11.5).all()
    assert best_first(predicted, drawn(3)).tolist() == best_first(predicted, drawn(3)).tolist()
    assert {best_rank(predicted, true, 1, drawn(seed)) for seed in range(20)} == {2, 3, 4}


def test_the_standard_error_is_that_of_a_mean_over_the_seeds_that_are_there() -> None:
    seeds = np.array([[1.0, 3.0, NAN], [1.0, 2.0, 3.0], [5.0, NAN, NAN]])
    # s^2 / seeds: 2 / 2 and 1 / 3; one seed alone tells nothing: sqrt((1 + 1/3) / 2)
    assert standard_error(seeds) == pytest.approx(math.sqrt(2 / 3))
    assert standard_error(seeds[:, :1]) == 0
    assert mean_truth(seeds).tolist() == [2, 2, 5]


def test_the_ceiling_holds_each_seed_against_the_mean_of_the_others() -> None:
    seeds = np.array([[1.0, 2.0, 1.0], [2.0, 1.0, 2.0], [3.0, 3.0, 3.0]])
    # seed 0: 1 2 3 against 1.5 1.5 3: 2 / sqrt(3 x 2); seed 1: 2 1 3 against 1 2 3: 1/3;
    # seed 2: as seed 0
    expected = (2 * 2 / math.sqrt(6) + 1 / 3) / 3
    assert one_seed(tau, seeds) == pytest.approx(expected)


def test_an_architecture_without_a_seed_isnt_held_against_it() -> None:
    seeds = np.array([[1.0, 2.0, NAN], [2.0, NAN, NAN], [3.0, 5.0, 4.0]])
    found = [(seed, others, rows.tolist()) for seed, others, rows in against_others(seeds)]
    assert found == [
        (0, [1, 2], [True, False, True]),
        (1, [0, 2], [True, False, True]),
        (2, [0, 1], [False, False, True]),
    ]


@pytest.mark.parametrize(("predicted", "true"), random_lists())
def test_tau_and_spearman_are_scipys(predicted, true) -> None:
    assert tau(predicted, true) == pytest.approx(kendalltau(predicted, true).statistic)
    assert tau(predicted, true) == pytest.approx(
        weightedtau(predicted, true, rank=None, weigher=lambda rank: 1).statistic
    )
    assert spearman(predicted, true) == pytest.approx(spearmanr(predicted, true).statistic)


@pytest.mark.parametrize(("predicted", "true"), random_lists()[2:])
def test_tau_over_equal_pairs_adds_up_scipys_of_each_group(predicted, true) -> None:
    groups = np.arange(len(true)) % 3
    untied, weights = [], []
    for group in range(3):
        mine = groups == group
        above = equal_pairs(groups)[mine][:, mine]
        scores = [values[mine] for values in (predicted, true)]
        untied.append([count_pairs(values, above) for values in scores])
        # tau_b x sqrt(untied x untied) is concordant less discordant
        weights.append(kendalltau(*scores).statistic * math.sqrt(math.prod(untied[-1])))
    expected = sum(weights) / math.sqrt(math.prod(np.sum(untied, axis=0)))
    assert tau(predicted, true, equal_pairs(groups)) == pytest.approx(expected)


def tops(predicted: np.ndarray, true: np.ndarray, seed: int = 0) -> list[float]:
    return [
        precision(predicted, true, 0.3, drawn(seed)),
        best_rank(predicted, true, 3, drawn(seed)),
        regret(predicted, true, 3, drawn(seed)),
    ]


@given(PAIRED)
def test_correlations_change_sign_with_the_prediction(paired) -> None:
    predicted, true = paired
    for measure in (tau, spearman):
        value = measure(predicted, true)
        assert measure(-predicted, true) == (None if value is None else pytest.approx(-value))


@given(PAIRED)
def test_correlations_stay_within_their_range_and_an_oracle_reaches_its_end(paired) -> None:
    predicted, true = paired
    for measure in (tau, spearman):
        value = measure(predicted, true)
        assert value is None or abs(value) <= 1
        assert measure(true, true) in (None, pytest.approx(1))


@given(PAIRED)
def test_only_the_order_of_predictions_counts(paired) -> None:
    predicted, true = paired
    pairs = equal_pairs(np.arange(len(true)) % 2)
    other = np.exp(predicted / 3) - 7
    assert tau(other, true) == tau(predicted, true)
    assert tau(other, true, pairs) == tau(predicted, true, pairs)
    assert spearman(other, true) == spearman(predicted, true)
    assert tops(other, true) == tops(predicted, true)


@given(PAIRED, st.randoms(use_true_random=False))
def test_the_order_of_the_list_changes_nothing(paired, random) -> None:
    predicted, true = paired
    order = list(range(len(true)))
    random.shuffle(order)
    labels = np.arange(len(true)) % 3
    before = tau(predicted, true, equal_pairs(labels))
    assert tau(predicted[order], true[order], equal_pairs(labels[order])) == before
    assert sparse_tau(predicted[order], true[order], 2) == sparse_tau(predicted, true, 2)
    assert spearman(predicted[order], true[order]) == (
        None if spearman(predicted, true) is None else pytest.approx(spearman(predicted, true))
    )
    # Ties fall by draws, so a top is compared where predictions have none.
    untied = predicted + np.arange(len(true)) / 100
    assert tops(untied[order], true[order], 1) == tops(untied, true, 2)


@given(PAIRED, st.integers(1, 4))
def test_a_joint_histogram_adds_up_to_the_bins_of_both_rankings(paired, bins) -> None:
    predicted, true = paired
    shares = joint_ranks(predicted, true, bins, drawn())
    sizes = np.bincount(np.arange(len(true)) * bins // len(true), minlength=bins) / len(true)
    assert shares.sum(axis=0) == pytest.approx(sizes)
    assert shares.sum(axis=1) == pytest.approx(sizes)


def test_an_oracle_loses_nothing() -> None:
    true = floats(0.3, 0.9, 0.9, 0.1, 0.7)
    assert tops(true, true) == [1.0, 1, 0.0]
    assert regret(true, true, 1, drawn()) == 0


def simulated(draws: np.random.Generator, n: int, seeds: int, noise: float):
    """Predictions that correlate with a quality by .6, and trainings with noise around it."""
    quality = draws.normal(size=n)
    predicted = 0.6 * quality + 0.8 * draws.normal(size=n)
    return predicted, quality[:, None] + noise * draws.normal(size=(n, seeds))


def test_an_interval_is_the_same_for_the_same_generator() -> None:
    predicted, seeds = simulated(np.random.default_rng(0), 30, 3, 0.5)
    ends = [measures.interval(tau, predicted, seeds, drawn(seed), draws=20) for seed in (1, 1, 2)]
    assert ends[0] == ends[1] != ends[2]


@pytest.mark.parametrize(("seeds", "noise"), [(2, 0.5), (4, 1.0)])
def test_intervals_hold_what_they_are_for_as_often_as_they_say(seeds, noise) -> None:
    draws = np.random.default_rng(3)
    n, trials = 48, 200
    samples = (simulated(draws, n, seeds, noise) for _ in range(2000))
    expected = np.mean([tau(predicted, mean_truth(truth)) for predicted, truth in samples])
    hits = 0
    for trial in range(trials):
        predicted, truth = simulated(draws, n, seeds, noise)
        ends = measures.interval(tau, predicted, truth, drawn(trial), draws=50)
        assert ends is not None
        hits += ends[0] <= expected <= ends[1]
    # 95% of 200, with a deviation of sqrt(.05 x .95 / 200) = 1.5%
    assert 0.9 <= hits / trials <= 0.995


def test_an_interval_takes_what_a_measure_needs_beside_and_shows_a_difference() -> None:
    draws = np.random.default_rng(5)
    predicted, seeds = simulated(draws, 60, 4, 0.3)
    sizes = np.arange(60) % 4
    matched = measures.interval(
        lambda p, t, size: tau(p, t, equal_pairs(size)), predicted, seeds, drawn(), also=[sizes]
    )
    plain = measures.interval(tau, predicted, seeds, drawn())
    assert matched is not None
    assert plain is not None
    # a quarter of the pairs: wider
    assert matched[1] - matched[0] > plain[1] - plain[0]
    same = measures.interval(
        lambda p, t, other: tau(p, t) - tau(other, t), predicted, seeds, drawn(), also=[predicted]
    )
    assert same == (0, 0)


def test_an_interval_is_none_where_the_measure_is() -> None:
    seeds = np.ones((5, 2))
    assert measures.interval(tau, np.arange(5.0), seeds, drawn(), draws=5) is None


def test_resampled_truths_vary_as_means_over_as_many_seeds_do() -> None:
    draws = np.random.default_rng(7)
    seeds = draws.normal(size=(4000, 3))
    seeds[:2000, 2] = NAN
    means = mean_truth(seeds)
    apart = [measures._drawn_truth(seeds, drawn(i)) - means for i in range(20)]
    # a mean over 2 of variance 1 has 1/2, over 3 it has 1/3
    assert np.mean(np.square(apart)[:, :2000]) == pytest.approx(1 / 2, rel=0.05)
    assert np.mean(np.square(apart)[:, 2000:]) == pytest.approx(1 / 3, rel=0.05)
