"""Ridge regression on features, and the networks that it is done by."""

from __future__ import annotations

import pytest
import torch

from suites.selection.distill.kernels import OnlineNetworks, ridge_prediction
from suites.selection.tiny import tiny_distill
from suites.selection.training import Examples, Recipe, batch_loss

RECIPE = Recipe("adamw", rate=3e-3, decay=0.0, cosine=False)


def test_a_ridge_prediction_is_that_worked_out_by_hand():
    # K = diag(4, 1), its mean eigenvalue 2.5, lambda = .4 * 2.5 = 1: (5, 2) / (5, 2) = (1, 1);
    # at (1, 1) the kernel is (2, 1): 3. At (1, 0) it is (2, 0): 2
    known = torch.tensor([[2.0, 0.0], [0.0, 1.0]])
    targets = torch.tensor([[5.0], [2.0]])
    at = torch.tensor([[1.0, 1.0], [1.0, 0.0]])
    predicted = ridge_prediction(at, known, targets, 0.4)
    assert predicted.flatten().tolist() == pytest.approx([3.0, 2.0])


def test_without_ridge_known_targets_are_predicted_exactly():
    draws = torch.Generator().manual_seed(0)
    known = torch.randn(6, 20, generator=draws)
    targets = torch.randn(6, 3, generator=draws)
    assert torch.allclose(ridge_prediction(known, known, targets, 0.0), targets, atol=1e-4)


def test_a_network_learns_the_made_examples():
    problem = tiny_distill()
    made = Examples(problem.real_start(), torch.eye(10) - 0.1)
    networks = OnlineNetworks(problem, 1, 50, RECIPE)

    def loss() -> float:
        return batch_loss(problem.network.logits(networks.weights(0), made.images), made, "mse")

    before = loss()
    for _ in range(20):
        networks.learn(0, made)
    assert loss() < 0.5 * before


def test_a_network_is_replaced_after_its_last_step():
    problem = tiny_distill()
    made = Examples(problem.real_start(), torch.eye(10) - 0.1)
    networks = OnlineNetworks(problem, 1, 2, RECIPE)
    start = networks.weights(0).clone()
    for _ in range(2):
        networks.learn(0, made)
    assert (networks.weights(0) - start).abs().max() < 0.01  # two steps of .003
    networks.learn(0, made)
    assert (networks.weights(0) - start).abs().max() > 0.1
    assert problem._meter.spent["backward_passes"] == 2 * 10


def test_networks_are_of_different_ages():
    # ages 0, 50: after 60 steps of both only the second has been replaced, once
    problem = tiny_distill()
    made = Examples(problem.real_start(), torch.eye(10) - 0.1)
    networks = OnlineNetworks(problem, 2, 100, Recipe("sgd", rate=0.0, decay=0.0, cosine=False))
    first, second = (networks.weights(number).clone() for number in (0, 1))
    for _ in range(60):
        for number in (0, 1):
            networks.learn(number, made)
    assert torch.equal(networks.weights(0), first)
    assert not torch.equal(networks.weights(1), second)


def test_every_network_is_drawn():
    networks = OnlineNetworks(tiny_distill(), 3, 10, RECIPE)
    assert {networks.drawn() for _ in range(50)} == {0, 1, 2}
