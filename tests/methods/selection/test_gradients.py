"""CRAIG, GradMatch, GLISTER: methods that look at the last layer's gradients."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from torch import Generator, Tensor

from methods.selection.craig import cluster_sizes
from methods.selection.glister import greedy
from methods.selection.gradmatch import nonnegative, pursuit
from suites.selection.geometry import distances
from suites.selection.last_layer import pool_gradients, rows, summed
from suites.selection.scores import errors
from suites.selection.tiny import CLASSES, POOL
from tests.methods.selection.tiny import choose_on, numbers_of, problem_for, random_numbers

METHODS = ("craig", "gradmatch", "glister")


def test_an_example_weighs_as_many_as_it_is_nearest_to():
    # on a line at 0, 1, 2, 10; 1 and 10 chosen: 0, 1, 2 by 1, 10 by itself
    line = torch.tensor([[0.0], [1.0], [2.0], [10.0]])
    assert cluster_sizes(distances(line), torch.tensor([3, 1])).tolist() == [1, 3]


def test_craigs_weights_are_whole_and_sum_to_the_pool():
    for numbers, weights in choose_on(problem_for("craig"), "craig").subsets.values():
        assert len(weights) == len(numbers)
        assert torch.equal(weights, weights.round())
        assert weights.min() >= 1
        assert weights.sum() == POOL


def test_pursuit_takes_the_columns_that_most_of_the_sum_lies_along():
    # columns (3, 0), (0, 2), (0, -1): the sum is (3, 1); products 9, 2, -1. Ridge 1: 9 / 10 of the
    # first leaves (.3, 1): products .9, 2, -1: the second. Then weights .9 and 2 / 5 leave
    # (.3, .2): of the third -.2: nothing is left that points there
    columns = torch.tensor([[3.0, 0.0], [0.0, 2.0], [0.0, -1.0]]).double()
    assert pursuit(columns @ columns.T, 3, 1.0).tolist() == [0, 1]


def test_weights_are_the_best_of_those_that_are_not_negative():
    # the same gradient twice, and one that only hurts: with ridge 1 and A^T A = 4 4; 4 4 of the
    # first two, A^T b = 6: (8 + 1) w = 6
    columns = torch.tensor([[2.0, 0.0], [2.0, 0.0], [0.0, 1.0]]).double()
    wanted = columns @ torch.tensor([3.0, -1.0]).double()
    weights = nonnegative(columns @ columns.T, wanted, 1.0)
    assert weights.tolist() == pytest.approx([2 / 3, 2 / 3, 0])


@pytest.mark.parametrize("seed", range(5))
def test_no_support_has_a_better_solution_than_the_nonnegative_one(seed):
    columns = torch.randn(4, 6, generator=Generator().manual_seed(seed), dtype=torch.float64)
    gram, towards = columns @ columns.T, columns @ columns.sum(0).roll(1)

    def value(weights: Tensor) -> float:
        return float(weights @ gram @ weights + 0.5 * weights @ weights - 2 * weights @ towards)

    best = 0.0
    for support in product([False, True], repeat=4):
        at = torch.tensor(support).nonzero()[:, 0]
        solved = torch.zeros(4, dtype=torch.float64)
        system = gram[at][:, at] + 0.5 * torch.eye(len(at), dtype=torch.float64)
        solved[at] = torch.linalg.solve(system, towards[at])
        if (solved >= 0).all():
            best = min(best, value(solved))
    assert value(nonnegative(gram, towards, 0.5)) == pytest.approx(best)


def test_gradmatchs_weighted_sum_is_nearer_to_the_classs_than_a_random_one():
    problem = problem_for("gradmatch")
    gradients = pool_gradients(problem)
    numbers, weights = choose_on(problem, "gradmatch", ridge=0.01).subsets[30]
    drawn = random_numbers(POOL, 30)

    def miss(chosen: Tensor, by: Tensor) -> float:
        wrong, features = rows(gradients, chosen)
        return float((summed((wrong * by[:, None], features)) - summed(gradients)).norm())

    assert miss(numbers, weights) < 0.5 * miss(drawn, torch.full((30,), POOL / 30))


def test_what_fills_gradmatchs_set_weighs_one_and_is_counted():
    problem = problem_for("gradmatch", sizes=(200,))
    numbers, weights = choose_on(problem, "gradmatch", ridge=1e-6).subsets[200]
    filled = problem.padded[200]
    assert filled > 0
    assert len(numbers.unique()) == 200
    assert weights[-filled:].tolist() == [1.0] * filled
    assert (weights > 0).all()


def test_glister_by_hand():
    # one feature, two classes, layer at 0 before and after (rate 0): p = (.5, .5). Validation: one
    # example of class 0 at phi = 1, e = (-.5, .5). Pool: e by label, phi = 2, 1, 3:
    # class 0: (-.5, .5), class 1: (.5, -.5). gains e . e_val (1 + phi): .5 * 3, .5 * 2, -.5 * 4
    labels = torch.tensor([0, 0, 1])
    pool = errors(torch.zeros(3, 2), labels), torch.tensor([[2.0], [1.0], [3.0]])
    validation = torch.zeros(1, 2), torch.tensor([[1.0]]), torch.tensor([0])
    assert greedy(pool, validation, 3, 1, 0.0).tolist() == [0, 1, 2]


def test_glister_looks_again_after_each_round():
    # as above with validation of both classes, 0 at phi = 2 and 1 at phi = 1:
    # mean g_val = (-.5, .5) (1, 2) / 2 + (.5, -.5) (1, 1) / 2 = (0, 0) by the bias, and by phi
    # (-.25, .25): gains of class 0 .25 phi, of class 1 -.25 phi: first the 4 of class 0, and
    # without another look the 3 of class 0 too. After a step of rate 1 along (-.5, .5) (1, 4) the
    # logits' difference is 1 + 4 phi: class 0 is learnt (p = 1 at phi = 2), class 1 all wrong: what
    # is of class 1 helps now.
    labels = torch.tensor([0, 0, 1])
    pool = errors(torch.zeros(3, 2), labels), torch.tensor([[4.0], [3.0], [1.0]])
    validation = torch.zeros(2, 2), torch.tensor([[2.0], [1.0]]), torch.tensor([0, 1])
    assert greedy(pool, validation, 2, 2, 0.0).tolist() == [0, 1]
    assert greedy(pool, validation, 2, 2, 1.0).tolist() == [0, 2]


def test_glister_ends_below_as_many_as_there_are_rounds_and_where_they_do_not_divide():
    problem = problem_for("glister", sizes=(1, 14, 31))
    for size, numbers in choose_on(problem, "glister").subsets.items():
        assert len(numbers.unique()) == size


@pytest.mark.parametrize("name", METHODS)
def test_exactly_so_many_different_ones_are_chosen_and_the_same_twice(name):
    first, second = (choose_on(problem_for(name, "noise"), name) for _ in range(2))
    for size, subset in first.subsets.items():
        assert len(numbers_of(subset).unique()) == len(numbers_of(subset)) == size
        assert torch.equal(numbers_of(subset), numbers_of(second.subsets[size]))


@pytest.mark.parametrize(
    ("name", "params"),
    [("gradmatch", {"ridge": 10.0}), ("glister", {"rate": 0.1}), ("glister", {"rounds": 2})],
)
def test_a_hyperparameter_changes_what_is_chosen(name, params):
    plain = numbers_of(choose_on(problem_for(name), name).subsets[30])
    changed = numbers_of(choose_on(problem_for(name), name, **params).subsets[30])
    assert set(plain.tolist()) != set(changed.tolist())


def test_every_class_is_matched_by_gradmatch_and_craig():
    for name in ("gradmatch", "craig"):
        problem = problem_for(name, sizes=(30,))
        numbers, _ = choose_on(problem, name).subsets[30]
        assert len(problem.labels[numbers].unique()) == CLASSES
