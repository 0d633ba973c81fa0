"""DSIR and the domain classifier: their parts by hand, and what they choose."""

from __future__ import annotations

from hashlib import sha256
from math import log

import pytest
import torch

from methods.selection.domain_classifier import domain_classifier, fitted, noisily
from methods.selection.dsir import dsir, log_ratios, log_weights, sampled
from suites.selection.ngrams import BUCKETS, HASH, NGrams, hashed
from suites.selection.tiny import POOL, tiny_problem

NEEDS = ("tokens", "target")
OWN = torch.arange(POOL) % 10 == 0
"""Every tenth text of the tiny pool is of the target's vocabulary."""


def bucket(gram):
    return int(sha256(gram.encode()).hexdigest(), 16) % BUCKETS


def problem(seed=0, sizes=(30,)):
    return tiny_problem(NEEDS, words=True, seed=seed, sizes=sizes)


def test_n_grams_are_words_then_pairs_by_their_sha256():
    given = problem()
    found = hashed([["a", "b", "a"], ["b"]], given.meter)
    grams = ["a", "b", "a", "a b", "b a", "b"]
    assert found.buckets.tolist() == [bucket(gram) for gram in grams]
    assert found.texts.tolist() == [0, 0, 0, 0, 0, 1]
    # four different ones are hashed, six are looked up
    assert given._meter.flops == 4 * HASH + 6


def test_sums_and_counts_of_texts():
    grams = NGrams(torch.tensor([1, 2, 1, 4]), torch.tensor([0, 0, 2, 2]), count=3)
    weights = torch.zeros(BUCKETS)
    weights[:5] = torch.tensor([0.0, 10.0, 1.0, 7.0, 3.0])
    assert grams.sums(weights).tolist() == [11, 0, 13]
    assert grams.counts()[:5].tolist() == [0, 2, 1, 0, 1]
    assert grams.of(torch.tensor([2, 1]))[:, :5].tolist() == [[0, 1, 0, 0, 1], [0, 0, 0, 0, 0]]


def test_a_log_ratio_by_hand():
    # target 3 1 0 of 4, pool 2 2 4 of 8: log(.75/.25), log(.25/.25), log(1e-8 / .5)
    target, pool = torch.tensor([3.0, 1, 0]).double(), torch.tensor([2.0, 2, 4]).double()
    assert log_ratios(target, pool, 0.0).tolist() == pytest.approx(
        [log(3), 0, log(1e-8 / 0.5)], abs=1e-6
    )
    # with one added: 4 2 1 of 7, 3 3 5 of 11
    assert log_ratios(target, pool, 1.0).tolist() == pytest.approx(
        [log(4 / 7 / (3 / 11)), log(2 / 7 / (3 / 11)), log(1 / 7 / (5 / 11))], abs=1e-6
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_dsir_finds_the_targets_texts(smoothing):
    chosen = dsir(problem(), smoothing=smoothing)
    assert OWN[chosen.subsets[30]].double().mean() > 0.9


@pytest.mark.parametrize(("negatives", "noisy"), [(1, False), (10, False), (1, True)])
def test_the_classifier_finds_the_targets_texts(negatives, noisy):
    chosen = domain_classifier(problem(), negatives=negatives, noisy=noisy)
    share = OWN[chosen.subsets[30]].double().mean()
    assert share > (0.2 if noisy else 0.8)  # a tenth at random


def test_what_is_least_wanted_scores_highest():
    for chosen in (
        dsir(problem(), smoothing=0.0),
        domain_classifier(problem(), negatives=1, noisy=False),
    ):
        assert chosen.scores[OWN].mean() < chosen.scores[~OWN].mean()


def test_dsir_samples_by_the_weights():
    """Of two texts of weights 0 and log 3, the second comes first in three of four draws."""
    weights = torch.tensor([0.0, log(3)]).double()
    draws = torch.Generator().manual_seed(0)
    firsts = [int(sampled(weights, draws)[0]) for _ in range(2000)]
    assert sum(firsts) / 2000 == pytest.approx(0.75, abs=0.03)


def test_smoothing_changes_what_is_chosen():
    subsets = [dsir(problem(sizes=(90,)), smoothing=s).subsets[90] for s in (0.0, 0.1, 1.0)]
    assert len({tuple(sorted(s.tolist())) for s in subsets}) == 3


def test_another_seed_draws_other_noise():
    given, other = problem(sizes=(90,)), problem(sizes=(90,))
    other.generator.manual_seed(1)
    assert torch.equal(log_weights(given, 1.0), log_weights(other, 1.0))
    one, two = (dsir(p, smoothing=1.0).subsets[90].tolist() for p in (given, other))
    assert one != two


def test_the_regression_is_at_its_optimum():
    draws = torch.Generator().manual_seed(0)
    counts = torch.randint(4, (20, 6), generator=draws).float()
    labels = (torch.arange(20) < 8).float()
    weights = fitted(counts, labels)
    errors = (counts @ weights[:-1] + weights[-1]).sigmoid() - labels
    # the gradient: sum of (p - y) c + a, and sum of (p - y) for the bias
    assert (counts.T @ errors + weights[:-1]).abs().max() < 1e-2
    assert errors.sum().abs() < 1e-2


def test_noise_lets_in_what_a_pareto_variable_of_shape_nine_does():
    # p = 1 is always let in; p = 0 with (1 + 1)^-9 = 1 / 512 a draw; p = .5 with 1.5^-9 = .026
    probabilities = torch.cat([torch.ones(50), torch.full((1000,), 0.5), torch.zeros(1000)])
    chosen = noisily(probabilities, 60, torch.Generator().manual_seed(0))
    assert len(set(chosen.tolist())) == 60
    kept = torch.zeros(len(probabilities))
    for seed in range(200):
        numbers = noisily(probabilities, 50, torch.Generator().manual_seed(seed))
        kept[numbers] += 1
    certain, half, nothing = kept[:50].sum(), kept[50:1050].sum(), kept[1050:].sum()
    # one round lets in 50, 26 and 2 on average
    assert certain / half == pytest.approx(50 / 26, rel=0.15)
    assert half / nothing == pytest.approx(13.3, rel=0.3)
