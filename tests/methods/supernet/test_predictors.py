"""Predictors that learn from bought labels: GBDT-NAS and ParZC."""

from __future__ import annotations

from math import log2, tanh

import numpy as np
import pytest
import torch

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from methods.supernet import parzc
from methods.supernet.gbdt import PREDICTING, fitting
from suites.supernet.measures import tau
from tests.methods.supernet.invented import ask, invented, scorer_of, scores_of


def trained(name: str, task: str = "micro201", **changes):
    """A problem with room for all of its 40 labels and for learning from them."""
    problem = invented(task, name, rows=40, pool=40, passes=6000, **changes)
    return problem, scores_of(problem, name)


@pytest.mark.parametrize("name", ["gbdt", "parzc"])
def test_a_predictor_ranks_what_its_labels_tell(name):
    problem, scores = trained(name)
    truth = problem.space.count_parameters(problem.architectures).astype(float)
    assert tau(scores, truth) > 0.5


@pytest.mark.parametrize("name", ["gbdt", "parzc"])
def test_a_predictor_learns_from_labels_not_from_size(name):
    problem, scores = trained(name, truth=lambda space, rows: -space.count_parameters(rows))
    truth = problem.space.count_parameters(problem.architectures).astype(float)
    assert tau(scores, truth) < -0.5


@pytest.mark.parametrize("name", ["gbdt", "parzc"])
def test_a_predictor_spends_all_but_less_than_a_label_and_no_more(name):
    # What learning takes is known beforehand, of ParZC to a fifth; here it is some 1,000 passes.
    label, slack = {"gbdt": (5, 1), "parzc": (500, 250)}[name]
    problem = invented("micro201", name, pool=60, passes=20 * label, label_passes=label)
    scores_of(problem, name)
    left = problem.passes * (1 - problem.progress)
    assert 0 <= left < label + slack
    assert problem._meter.spent["labels"] >= 17


@pytest.mark.parametrize("name", ["gbdt", "parzc"])
def test_a_predictor_answers_alike_in_any_order(name):
    problem = invented("micro201", name, rows=20, passes=1000)
    scorer = scorer_of(problem, name)
    scores = ask(problem, scorer, problem.architectures)
    backwards = ask(problem, scorer, problem.architectures[::-1])[::-1]
    np.testing.assert_allclose(backwards, scores, atol=1e-6 * np.ptp(scores))


def test_pooling_is_learnt_by_its_halved_blocks():
    # of 24 of the 36 pairs, the blocks' numbers added, as late_pooling is
    late = {"truth": lambda space, rows: space.features["late_pooling"](rows)}
    problem = invented("pooling", "gbdt", rows=12, pool=24, passes=200, **late)
    truth = problem.space.features["late_pooling"](problem.architectures).astype(float)
    assert tau(scores_of(problem, "gbdt"), truth) > 0.3
    # pair 0 is blocks 0 and 1, pair 35 blocks 7 and 8
    assert problem.space.encoded(np.array([[0], [35]], dtype=np.int8)).tolist() == [
        [1, 1, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 1, 1],
    ]


def test_an_architecture_is_encoded_by_its_choices_one_hot():
    problem = invented("macro", "gbdt")
    row = np.array([[0, 8, 1, 0]], dtype=np.int8)
    assert np.flatnonzero(problem.space.encoded(row)[0]).tolist() == [0, 17, 19, 27]
    assert problem.space.encoded(row).shape == (1, 36)


def test_lightgbms_work_is_charged_by_its_formula():
    # 2 rounds, 3 features, 7 labels: leaves at most 7, so levels log2 8 = 3:
    # 2 x 3 x (2 x 7 x 3 + 20 x 7) = 6 x 182
    assert fitting(2, 3, 7) == 6 * 182
    # 31 leaves: 5 comparisons, and a sum
    assert 1 + log2(32) == PREDICTING
    problem = invented("micro201", "gbdt", passes=60, label_passes=5)
    scorer = scorer_of(problem, "gbdt", rounds=10)
    labels = 11 * 5 * problem._pass_flops
    assert problem._meter.flops == pytest.approx(labels + fitting(10, 30, 11))
    ask(problem, scorer, problem.architectures)
    assert problem._meter.uncharged["scoring"]["flops"] == PREDICTING * 10 * 12


def test_diffkendall_is_worked_out_by_hand():
    # predictions 0, 2, targets 0, 4: tanh(.25 x 2) tanh(.25 x 4) for the pair either way round
    agreement = parzc.rank_agreement(torch.tensor([0.0, 2.0]), torch.tensor([0.0, 4.0]), 0.5)
    assert agreement.item() == pytest.approx(tanh(0.5) * tanh(1.0))


def test_diffkendall_nears_kendalls_tau_as_alpha_grows():
    draws = np.random.default_rng(0)
    predictions, targets = draws.normal(size=20), draws.normal(size=20)
    agreement = parzc.rank_agreement(torch.tensor(predictions), torch.tensor(targets), 1e6)
    assert agreement.item() == pytest.approx(tau(predictions, targets))


def test_the_mixer_costs_no_more_than_is_set_aside_for_it():
    draws = torch.Generator().manual_seed(0)
    for features, width, blocks in ((42, 32, 2), (30, 8, 1), (33, 64, 4)):
        weights = parzc.initialise(features, width, blocks, draws)
        leaves = [weight.requires_grad_() for weight in weights.values()]
        optimiser = torch.optim.Adam(leaves)
        meter = Meter(Budget())
        with meter:
            for _ in range(3):
                x, y = torch.randn(10, features, generator=draws), torch.randn(10)
                (-parzc.rank_agreement(parzc.predict(weights, x, draws), y, 0.5)).backward()
                optimiser.step()
        set_aside = parzc.learning(30, features, width, blocks, epochs=1)
        assert 0.8 * set_aside < meter.flops < set_aside


def test_bayesian_layers_learn_their_spread_and_answer_by_their_means():
    draws = torch.Generator().manual_seed(0)
    weights = parzc.initialise(6, 8, 1, draws)
    for weight in weights.values():
        weight.requires_grad_()
    x = torch.randn(5, 6, generator=draws)
    assert torch.equal(parzc.predict(weights, x, None), parzc.predict(weights, x, None))
    noisy = parzc.predict(weights, x, draws)
    assert not torch.equal(noisy, parzc.predict(weights, x, draws))
    noisy.sum().backward()
    assert all(weight.grad is not None and weight.grad.any() for weight in weights.values())


def test_patches_are_mixed():
    """Each half of a block does its own: without the first, patches never meet before the mean."""
    draws = torch.Generator().manual_seed(0)
    x = torch.randn(5, 6, generator=draws)
    weights = parzc.initialise(6, 8, 1, draws)
    whole = parzc.predict(weights, x, None)
    weights["0/patches/out"].zero_()
    assert not torch.allclose(parzc.predict(weights, x, None), whole)


def test_each_tensor_has_its_place_among_the_features():
    problem = invented("micro201", "parzc", passes=1000)
    with problem._meter:
        measure = parzc.proxies_of_each_tensor(problem)
        features = measure(problem.architectures)
    names = list(problem.network.shapes())
    for row, values in zip(problem.architectures, features, strict=True):
        used = np.isin(names, problem.network.used(row))
        for proxy in values.split(len(names)):
            assert np.array_equal(proxy.numpy() > 0, used)
