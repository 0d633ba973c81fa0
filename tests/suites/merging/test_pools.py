"""suites.merging.pools: examples of several tasks, batches of them, and their losses."""

import math
from itertools import islice

import pytest
import torch
from torch import Generator, nn

from suites.merging.pools import (
    Pool,
    batches,
    cross_entropy,
    entropy,
    labelled_pool,
    own_pool,
    scored_pool,
)
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem


def test_entropy_by_hand():
    # Scores 0 and log 3: p = 1/4, 3/4, entropy log 4 - 3/4 log 3. Scores alike: log 2.
    scores = torch.tensor([[0.0, math.log(3)], [7, 7]])
    expected = (math.log(4) - 0.75 * math.log(3) + math.log(2)) / 2
    assert float(entropy(scores)) == pytest.approx(expected, abs=1e-6)


def test_a_class_that_isnt_the_tasks_counts_for_nothing():
    scores = torch.tensor([[1.0, 9, 2]], requires_grad=True)
    among_two = entropy(scores, torch.tensor([[True, False, True]]))
    assert torch.allclose(among_two, entropy(scores[:, [0, 2]]))
    among_two.backward()
    assert scores.grad[0, 1] == 0
    assert scores.grad.isfinite().all()


def test_on_own_inputs_each_task_has_its_classes():
    pool = own_pool(tiny_problem(experts=2), 3)
    assert (
        pool.allowed.int().tolist()
        == [[1, 1, 1, 1, 0, 0, 0, 0]] * 3 + [[0, 0, 0, 0, 1, 1, 1, 1]] * 3
    )


def test_each_scored_input_has_its_cells_classes():
    model = nn.Linear(1, 2, bias=False)
    problem = MergingProblem(
        model,
        [dict(model.state_dict())],
        test_inputs=[torch.zeros(1, 1), torch.ones(2, 1)],
        test_classes=[torch.tensor([1]), torch.tensor([0, 1])],
    )
    pool = scored_pool(problem)
    assert pool.inputs.flatten().tolist() == [0, 1, 1]
    assert pool.allowed.int().tolist() == [[0, 1], [1, 1], [1, 1]]


def test_each_example_is_told_apart_among_its_own_tasks_classes():
    pool = labelled_pool(tiny_problem(experts=2), 5)
    assert len(pool) == 10
    assert pool.allowed[0].nonzero()[:, 0].tolist() == [0, 1, 2, 3]
    assert pool.allowed[9].nonzero()[:, 0].tolist() == [4, 5, 6, 7]
    assert pool.allowed[torch.arange(10), pool.labels].all()


def test_the_loss_is_among_the_classes_of_the_task():
    # Scores 0, 0, ln 3; class 0 of {0, 1}: p = 1/2, class 2 of {1, 2}: p = 3/4.
    # -(ln 1/2 + ln 3/4) / 2 = (.6931 + .2877) / 2 = .4904
    scores = torch.tensor([[1.0, 1.0, 3.0]]).log().expand(2, 3)
    allowed = torch.tensor([[True, True, False], [False, True, True]])
    batch = Pool(torch.zeros(2, 1), allowed, torch.tensor([0, 2]))
    assert float(cross_entropy(scores, batch)) == pytest.approx(0.4904, abs=1e-4)


def test_every_example_comes_once_before_any_comes_again():
    pool = Pool(torch.zeros(6, 1), torch.ones(6, 6, dtype=torch.bool), torch.arange(6))
    drawn = [b.labels for b in islice(batches(pool, 2, Generator().manual_seed(0)), 6)]
    first, again = torch.cat(drawn[:3]), torch.cat(drawn[3:])
    assert sorted(first.tolist()) == sorted(again.tolist()) == list(range(6))
    assert not torch.equal(first, again)


def test_what_doesnt_fill_a_batch_is_left_for_another_round():
    pool = Pool(torch.zeros(7, 1), torch.ones(7, 7, dtype=torch.bool), torch.arange(7))
    drawn = [b.labels for b in islice(batches(pool, 3, Generator().manual_seed(0)), 2)]
    assert len(torch.cat(drawn).unique()) == 6


def test_a_batch_is_no_larger_than_the_pool():
    pool = Pool(torch.zeros(3, 1), torch.ones(3, 3, dtype=torch.bool), torch.arange(3))
    assert len(next(batches(pool, 32, Generator().manual_seed(0)))) == 3
