"""Several supernets of one space: none is starved, each architecture ends where it does well."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.supernet import balancing
from suites.supernet.balancing import balance, chances, train_balanced
from tests.methods.supernet.frame import problem_of, run, watched


def accuracies(seed, supernets, spread):
    draws = np.random.default_rng(seed)
    worth = draws.random((36, 1)) + draws.random((1, supernets))
    return worth + spread * draws.random((36, supernets))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 1000),
    supernets=st.integers(1, 4),
    sharpness=st.floats(1, 100),
    spread=st.floats(0.01, 0.5),
)
def test_every_supernet_is_drawn_equally_often(seed, supernets, sharpness, spread):
    table = accuracies(seed, supernets, spread)
    found = chances(table, sharpness, balance(table, sharpness))
    np.testing.assert_allclose(found.sum(1), 1)
    np.testing.assert_allclose(found.mean(0), 1 / supernets, atol=1e-3)


def test_balancing_is_worked_out_by_hand():
    # Both architectures like the first supernet twice as much; divided by (2/3, 1/3) they are even.
    table = np.log([[2.0, 1.0], [2.0, 1.0]])
    np.testing.assert_allclose(chances(table, 1.0), [[2 / 3, 1 / 3]] * 2)
    (marginal,) = balance(table, 1.0)
    np.testing.assert_allclose(marginal, [2 / 3, 1 / 3])
    np.testing.assert_allclose(chances(table, 1.0, [marginal]), [[0.5, 0.5]] * 2)


def test_what_one_supernet_does_better_stays_after_balancing():
    table = accuracies(0, 2, 0.0)
    table[:18, 0] += 0.1
    found = chances(table, 50.0, balance(table, 50.0))
    assert (found[:18, 0] > 0.9).all()
    assert (found[18:, 1] > 0.9).all()


def test_with_one_supernet_nothing_is_left_to_draw():
    table = accuracies(0, 1, 0.1)
    assert balance(table, 100.0) == []
    assert (chances(table, 100.0) == 1).all()


def test_each_supernet_trains_about_as_many_steps_on_uniform_architectures():
    problem = problem_of("pooling", 500, images=64)
    seen = watched(problem)
    step, whose = problem.step, []

    def watch(weights, *rest):
        whose.append(id(weights))
        return step(weights, *rest)

    problem.step = watch
    train_balanced(problem, 4)
    counts = np.unique(whose, return_counts=True)[1]
    assert len(counts) == 4
    assert counts.min() > 0.6 * counts.mean()
    taken = np.bincount([one.path[0] for one in seen], minlength=36)
    assert (taken > 0).all()


def test_chances_of_an_epoch_are_as_sharp_as_when_they_were_balanced(monkeypatch):
    drawn = []
    chances = balancing.chances

    def watch(table, sharpness, marginals=()):
        found = chances(table, sharpness, marginals)
        drawn.append((sharpness, found.mean(0)))
        return found

    monkeypatch.setattr(balancing, "chances", watch)
    # Two batches an epoch: balancing asks once, then each step, and at last scoring twice.
    train_balanced(problem_of("pooling", 60, images=32), 2)
    epochs = [drawn[start : start + 3] for start in range(0, len(drawn) - 4, 3)]
    assert len(epochs) > 10
    for (first, _), (second, balanced), (third, _) in epochs:
        assert first == second == third
        np.testing.assert_allclose(balanced, 1 / 2, atol=1e-3)
    sharpness = [epoch[0][0] for epoch in epochs]
    assert sharpness[0] == 1
    assert sharpness == sorted(set(sharpness))
    assert drawn[-1][0] == 100


def test_a_step_of_one_leaves_the_other_supernets_as_they_are():
    problem = problem_of("pooling", 3)
    seen = watched(problem)
    trained = train_balanced(problem, 4)
    assert len(seen) == 1
    again = problem_of("pooling")
    _ = again.random  # it is seeded by the generator's first draw
    fresh = [again.network.weights(again.generator) for _ in range(4)]
    moved = [
        any((one[name] != other[name]).any() for name in one)
        for one, other in zip(fresh, trained.weights, strict=True)
    ]
    assert sum(moved) == 1


@pytest.mark.parametrize("supernets", [2, 4])
def test_an_architecture_is_scored_in_the_supernet_that_it_is_drawn_to(supernets):
    problem = problem_of("pooling", 200)
    trained = train_balanced(problem, supernets)
    free = problem_of("pooling", 900)
    for row in problem.architectures:
        net = trained.chosen[row.tobytes()]
        assert trained.losses(free, row[None])[0] == free.losses(trained.weights[net], row[None])[0]


def test_running_statistics_are_seen_in_training_and_left_alone_in_scoring():
    problem = problem_of("pooling", 100)
    trained = train_balanced(problem, 2, running=True)
    before = [{n: m.clone() for n, m in s.means.items()} for s in trained.statistics]
    assert all({"stem", "tail", "0", "8"} <= set(means) for means in before)
    trained.losses(problem_of("pooling", 900), problem.architectures)
    for means, statistics in zip(before, trained.statistics, strict=True):
        assert list(means) == list(statistics.means)
        assert all((means[name] == statistics.means[name]).all() for name in means)


def test_by_running_statistics_scores_differ_from_those_by_the_batch():
    scores = [
        run(name, problem_of("pooling", 100)).scores
        for name in ("balanced_mixture", "balanced_mixture_running", "spos", "spos_running")
    ]
    assert not np.allclose(scores[0], scores[1])
    assert not np.allclose(scores[2], scores[3])
