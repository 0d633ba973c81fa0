"""FairNAS, SUMNAS, SortedNet: what a step trains, counted, and how paths are put together."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from methods.supernet.sumnas import trained
from suites.supernet.optimiser import Updates
from suites.supernet.paths import fair
from tests.methods.supernet.frame import by_batch, problem_of, run, watched

TASKS = ("micro201", "macro")


@pytest.mark.parametrize("task", TASKS)
def test_fairnas_trains_every_choice_of_every_place_once_a_step(task):
    problem = problem_of(task, 100)
    seen = watched(problem)
    run("fairnas", problem)
    updates = by_batch(seen)
    assert len(updates) >= 9
    for update in updates:
        paths = np.array([one.path for one in update])
        for place, choices in enumerate(problem.space.choices):
            assert sorted(paths[:, place]) == list(range(len(choices)))


def test_fairnas_draws_its_paths_anew_each_step():
    problem = problem_of("micro201", 100)
    seen = watched(problem)
    run("fairnas", problem)
    # A list of paths that is never emptied gives 5 in an epoch, however many steps it has.
    assert len({one.path for one in seen}) > 0.9 * len(seen) > 80


def test_fairnas_keeps_paths_without_a_connection_among_its_n():
    problem = problem_of("micro201", 100)
    seen = watched(problem)
    run("fairnas", problem)
    dead = [one for one in seen if not problem.network.alive(one.path)]
    assert dead
    assert all(len(update) == 5 for update in by_batch(seen))


def test_sumnas_trains_every_path_twice_on_one_batch():
    problem = problem_of("micro201", 100)
    seen = watched(problem)
    run("sumnas", problem)
    for update in by_batch(seen):
        paths = [one.path for one in update]
        assert paths[::2] == paths[1::2]
        assert len(paths) == 10
        for place in range(6):
            assert sorted(path[place] for path in paths[::2]) == [0, 1, 2, 3, 4]


CELL, OTHER = (3, 2, 1, 0, 4, 3), (2, 3, 3, 3, 2, 2)
INNER = Updates(kind="sgd", rate=0.05, decay=0.0, momentum=0.9, clip=0.0, warm_up=0)


def test_sumnas_inner_steps_are_sgd_with_momentum_from_rest():
    problem = problem_of("micro201")
    weights = problem.network.weights(problem.generator)
    batch = next(problem.batches())
    reached = trained(problem, weights, CELL, batch, INNER, 2)
    # v1 = g(w), w1 = w - .05 v1; v2 = .9 v1 + g(w1), w2 = w1 - .05 v2
    first = problem.step(weights, CELL, *batch).gradients
    middle = {name: weights[name] - 0.05 * g for name, g in first.items()}
    second = problem.step(middle, CELL, *batch).gradients
    for name, weight in reached.items():
        expected = middle[name] - 0.05 * (0.9 * first[name] + second[name])
        torch.testing.assert_close(weight, expected)


def test_sumnas_carries_no_momentum_from_one_path_to_the_next():
    problem = problem_of("micro201")
    weights = problem.network.weights(problem.generator)
    before = {name: weight.clone() for name, weight in weights.items()}
    batch = next(problem.batches())
    alone = trained(problem, weights, CELL, batch, INNER, 2)
    trained(problem, weights, OTHER, batch, INNER, 2)
    after = trained(problem, weights, CELL, batch, INNER, 2)
    assert all(torch.equal(alone[name], after[name]) for name in alone)
    assert all(torch.equal(before[name], weights[name]) for name in weights)


def test_sumnas_moves_by_the_mean_of_what_the_paths_moved():
    # A budget that holds one step of five paths; by SGD it goes the whole way, less decay.
    problem = problem_of("micro201", 15, seed=3, kind="sgd")
    seen = watched(problem)
    scores = run("sumnas", problem).scores
    assert len(seen) == 10
    again = problem_of("micro201", 900, seed=3, kind="sgd")
    weights = again.network.weights(again.generator)
    batch = next(again.batches())
    settings = Updates(kind="sgd", rate=0.05, decay=0.0, momentum=0.9, clip=5.0, warm_up=0)
    paths = fair(again.space, again.generator)
    ends = [trained(again, weights, path, batch, settings, 2) for path in paths]
    for name, weight in weights.items():
        moved = [weight - end[name] for end in ends if name in end]
        if moved:
            weights[name] = weight - sum(moved) / 5 - 4e-5 * weight
    expected = -again.losses(weights, again.architectures)
    np.testing.assert_allclose(scores, expected, rtol=1e-5)


def test_sortednet_sums_four_uniform_paths_a_step_and_with_one_is_spos():
    problem = problem_of("macro", 100)
    seen = watched(problem)
    run("sortednet", problem)
    assert {len(update) for update in by_batch(seen)} == {4}
    one = run("sortednet", problem_of("macro", 60), paths=1).scores
    assert np.array_equal(one, run("spos", problem_of("macro", 60)).scores)
