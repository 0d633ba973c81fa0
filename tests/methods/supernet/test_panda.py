"""PA&DA: how chances of operators and images follow gradients, from epoch to epoch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from methods.supernet.panda import Epochs, operator_norms, shares
from suites.supernet.problem import Step
from tests.methods.supernet.frame import BATCH, problem_of, run, watched

CELL = np.array([3, 2, 1, 0, 3, 4], dtype=np.int8)


def test_chances_mix_shares_of_sizes_with_equal_ones():
    # .25 (1, 3, 0, 0) / 4 + .75 / 4 = .0625 + .1875, .1875 + .1875, .1875, .1875
    np.testing.assert_allclose(
        shares(np.array([1.0, 3.0, 0.0, 0.0]), 0.25), [0.25, 0.375, 0.1875, 0.1875]
    )


def test_an_operators_norm_is_a_mean_over_the_places_that_take_it():
    network = problem_of("micro201").network
    (one,), (two,) = network.weights_of(0, 3), network.weights_of(4, 3)
    (small,) = network.weights_of(1, 2)
    gradients = {
        one: torch.full((2, 2), 1.0),  # norm 2
        two: torch.full((3, 3), 2.0),  # norm 6
        small: torch.tensor([3.0, 4.0]),  # norm 5
        "stem": torch.ones(100),
    }
    # none, skip and pool have no weights; 3x3 (2 + 6) / 2, 1x1 5 / 1
    assert operator_norms(network, CELL, gradients).tolist() == [0, 0, 5, 4, 0]


def test_an_edge_that_the_output_does_not_depend_on_counts_as_a_place_with_norm_0():
    network = problem_of("micro201").network
    (one,) = network.weights_of(0, 3)
    path = np.array([3, 0, 1, 0, 3, 3], dtype=np.int8)  # 3<-2 hangs on 2<-1, which is a skip
    assert operator_norms(network, path, {one: torch.tensor([3.0])}).tolist() == [0, 0, 0, 1, 0]


def test_norms_and_errors_are_running_means_from_0_each_epoch():
    problem = problem_of("micro201")
    epochs = Epochs(problem)
    list(epochs.next(0.0))
    (name,) = problem.network.weights_of(0, 3)
    path = np.array([3, 1, 1, 1, 1, 1], dtype=np.int8)
    for size in (8.0, 2.0):
        logits = torch.zeros(2, 10)
        step = Step({name: torch.tensor([size])}, 0.0, logits)
        epochs.learn(path, np.array([5, 5]), step, torch.tensor([0, 0]))
    # (0 + 8) / 2 = 4, (4 + 2) / 2 = 3
    assert epochs.norms.tolist() == [0, 0, 0, 3, 0]
    # |(.1, ..., .1) - (1, 0, ..., 0)| = sqrt(.81 + 9 x .01); the same twice, and twice again
    assert epochs.errors[5] == pytest.approx(0.9**0.5)
    assert np.count_nonzero(epochs.errors) == 1
    list(epochs.next(0.5))
    assert not epochs.norms.any()
    assert not epochs.errors.any()


def test_the_first_epoch_takes_each_image_once_and_operators_alike():
    problem = problem_of("micro201", images=4 * BATCH)
    batches = [batch for _, batch in Epochs(problem).next(0.0)]
    assert sorted(np.concatenate(batches)) == list(range(4 * BATCH))


def test_a_later_epoch_follows_what_the_one_before_learnt_by_its_share():
    epochs = Epochs(problem_of("micro201", images=4 * BATCH))
    list(epochs.next(0.5))
    epochs.norms, epochs.errors[:2] = np.array([0.0, 0.0, 1.0, 3.0, 0.0]), 1.0
    drawn = list(epochs.next(0.7))
    # t = .5, when the epoch that learnt it began: .5 / 5 each, and .5 x 1/4, .5 x 3/4 more
    np.testing.assert_allclose(epochs.operators, [0.1, 0.1, 0.225, 0.475, 0.1])
    # half the draws are of images 0 and 1
    numbers = np.concatenate([batch for _, batch in drawn])
    assert 0.3 < np.isin(numbers, [0, 1]).mean() < 0.7


def test_operators_without_weights_fade_as_the_training_goes_on():
    problem = problem_of("micro201", 500, images=16 * BATCH)
    seen = watched(problem)
    run("panda", problem)
    late = np.array([one.path for one in seen[-60:]])
    early = np.array([one.path for one in seen[:60]])
    free = [0, 1, 4]
    assert np.isin(early, free).mean() > 0.5
    assert np.isin(late, free).mean() < 0.4
