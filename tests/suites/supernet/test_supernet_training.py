"""The loop that supernets share: what it sums, what it moves, what it leaves, what it spends."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from suites.supernet.network import batch_statistics
from suites.supernet.normalisation import RunningStatistics
from suites.supernet.optimiser import Optimiser, Updates, add, norm
from suites.supernet.problem import UPDATE_FLOPS
from suites.supernet.training import train, update
from tests.methods.supernet.frame import BATCH, problem_of, watched

CELL = (3, 2, 1, 0, 4, 3)
"""1<-0 3x3, 2<-0 1x1, 2<-1 skip, 3<-1 pool, 3<-2 3x3."""

OTHER = (2, 0, 0, 3, 2, 0)
DEAD = (0, 0, 3, 0, 2, 2)
TASKS = ("micro201", "macro", "pooling")
KINDS = ("adamw", "sgd")


def copy(weights):
    return {name: weight.clone() for name, weight in weights.items()}


def same(one, other):
    return [name for name in one if torch.equal(one[name], other[name])]


@pytest.mark.parametrize("kind", KINDS)
def test_weights_off_the_path_stay_bit_for_bit_whatever_momentum_they_have(kind):
    problem = problem_of("micro201", 40, kind=kind)
    weights = problem.network.weights(problem.generator)
    optimiser = Optimiser(weights, problem.updates)
    train(problem, weights, lambda: [CELL, OTHER], optimiser=optimiser, upto=0.5)
    before = copy(weights)
    train(problem, weights, lambda: [OTHER], optimiser=optimiser)
    used = problem.network.used(OTHER)
    assert sorted(same(before, weights)) == sorted(set(weights) - set(used))
    assert set(problem.network.used(CELL)) - set(used)


@pytest.mark.parametrize("kind", KINDS)
def test_a_path_without_a_connection_changes_no_weight(kind):
    problem = problem_of("micro201", kind=kind)
    images, labels = next(problem.batches())
    results = []
    for paths in ([CELL, DEAD, OTHER], [CELL, OTHER]):
        weights = problem.network.weights(torch.Generator().manual_seed(0))
        optimiser = Optimiser(weights, problem.updates)
        for share in (0.0, 0.4):
            total = {}
            for path in paths:
                add(total, problem.step(weights, path, images, labels).gradients)
            update(problem, optimiser, total, share)
        results.append(weights)
    assert same(*results) == list(results[0])


def test_gradients_are_summed_over_paths_then_clipped_together_then_applied_once():
    settings = {"kind": "sgd", "rate": 1.0, "decay": 0.0, "momentum": 0.0, "warm_up": 0}
    problem = problem_of("micro201", 3.5, clip=0.01, **settings)
    weights = problem.network.weights(problem.generator)
    before = copy(weights)
    seen = watched(problem)
    train(problem, weights, lambda: [CELL, OTHER])
    assert [one.path for one in seen] == [CELL, OTHER]
    images, labels = seen[0].images, seen[0].targets
    step = problem_of("micro201").step
    one = step(before, CELL, images, labels).gradients
    two = step(before, OTHER, images, labels).gradients
    total = {name: one.get(name, 0) + two.get(name, 0) for name in {**one, **two}}
    assert norm(one) > 0.01
    assert norm(two) > 0.01  # so that clipping each before would give something else
    for name, gradient in total.items():
        torch.testing.assert_close(weights[name], before[name] - 0.01 * gradient / norm(total))


def test_the_rate_goes_through_its_part_of_the_fall():
    rates = {}
    for fall in ((0.0, 1.0), (0.5, 1.0)):
        problem = problem_of("pooling", 20, kind="sgd", rate=1.0, momentum=0.0, warm_up=0)
        weights = problem.network.weights(problem.generator)
        optimiser = Optimiser(weights, problem.updates)
        asked = []
        optimiser.update = lambda gradients, share, asked=asked: asked.append(share)
        train(problem, weights, lambda: [(0,)], optimiser=optimiser, fall=fall)
        rates[fall] = asked
    first, second = rates.values()
    assert first[0] == 0
    assert 0.9 < first[-1] < 1
    np.testing.assert_allclose(second, [0.5 + share / 2 for share in first])


def test_a_path_alone_trains_as_its_own_training_does():
    # The truth's loop, on the same batches at the same rates, with autograd's own accumulation.
    problem = problem_of("micro201", 30, clip=0.0)
    weights = problem.network.weights(problem.generator)
    alone = {name: weights[name].clone().requires_grad_() for name in problem.network.used(CELL)}
    fused = torch.optim.AdamW(list(alone.values()), lr=0.01, weight_decay=0.01, fused=True)
    optimiser = Optimiser(weights, problem.updates)
    shares = []
    apply = optimiser.update
    optimiser.update = lambda gradients, share: (shares.append(share), apply(gradients, share))
    seen = watched(problem)
    train(problem, weights, lambda: [CELL], optimiser=optimiser)
    for number, (one, share) in enumerate(zip(seen, shares, strict=True)):
        fused.param_groups[0]["lr"] = problem.updates.rate_at(number, share)
        fused.zero_grad()
        logits = problem.network.forward(alone, CELL, one.images)
        torch.nn.functional.cross_entropy(logits, one.targets).backward()
        fused.step()
    assert len(seen) > 10
    for name, weight in alone.items():
        assert torch.equal(weights[name], weight.detach()), name


def test_an_heir_goes_on_from_where_an_optimiser_is():
    settings = Updates(rate=0.1, warm_up=4)
    gradients = [{"w": torch.tensor([1.0, -2.0])}, {"w": torch.tensor([0.5, 3.0])}]

    def trained(inherit):
        weights = {"w": torch.zeros(2)}
        optimiser = Optimiser(weights, settings)
        optimiser.update(copy(gradients[0]), 0.2)
        if inherit:
            weights = copy(weights)
            optimiser = optimiser.heir(weights)
        optimiser.update(copy(gradients[1]), 0.3)
        return weights["w"]

    assert torch.equal(trained(inherit=True), trained(inherit=False))


def test_heirs_do_not_move_each_other():
    weights = {"w": torch.zeros(2)}
    optimiser = Optimiser(weights, Updates())
    optimiser.update({"w": torch.ones(2)}, 0.0)
    heirs = [(own := copy(weights), optimiser.heir(own)) for _ in range(2)]
    for own, heir in heirs:
        heir.update({"w": torch.tensor([1.0, -1.0])}, 0.0)
        assert torch.equal(own["w"], heirs[0][0]["w"])
    assert not torch.equal(weights["w"], heirs[0][0]["w"])


@pytest.mark.parametrize("task", TASKS)
def test_what_a_step_is_said_to_cost_is_what_it_is_charged_with_its_update(task):
    problem = problem_of(task)
    weights = problem.network.weights(problem.generator)
    optimiser = Optimiser(weights, problem.updates)
    images, labels = next(problem.batches())
    for path in problem.network.sample(problem.generator, 12):
        before = problem.progress
        update(problem, optimiser, problem.step(weights, path, images, labels).gradients, 0.0)
        spent = (problem.progress - before) * problem.passes
        assert problem.cost(path) == pytest.approx(spent, rel=1e-12)


def test_an_update_is_charged_by_the_weights_that_move():
    problem = problem_of("macro")
    before = problem._meter.flops
    problem.charge_update({"a": torch.zeros(3, 5), "b": torch.zeros(2)})
    assert problem._meter.flops - before == 17 * UPDATE_FLOPS


@pytest.mark.parametrize("task", TASKS)
def test_the_loop_spends_its_share_and_no_more(task):
    problem = problem_of(task, 200)
    weights = problem.network.weights(problem.generator)
    for upto in (0.3, 0.5, 1.0):
        train(problem, weights, lambda: problem.network.sample(problem.generator, 1), upto=upto)
        assert upto - 0.03 < problem.progress <= upto


def test_batches_go_through_all_images_each_epoch_and_among_a_part_through_that_part():
    problem = problem_of("pooling", images=6 * BATCH)

    def epoch(batches, count):
        return sorted(float(image.sum()) for _ in range(count) for image in next(batches)[0])

    images = problem.training.images
    every = problem.batches()
    for _ in range(2):
        assert epoch(every, 6) == sorted(float(image.sum()) for image in images)
    part = problem.batches(slice(2 * BATCH, None))
    assert epoch(part, 4) == sorted(float(image.sum()) for image in images[2 * BATCH :])


def test_an_untangled_problem_spends_the_same_budget():
    problem = problem_of("macro", 60)
    apart = problem.untangled()
    train(apart, apart.network.weights(apart.generator), lambda: [(1, 2, 3, 4)])
    assert problem.progress == apart.progress > 0.9


@pytest.mark.parametrize("task", TASKS)
def test_running_statistics_see_every_place_that_a_path_normalises(task):
    problem = problem_of(task, 8)
    averages, places = RunningStatistics(), set()

    def normalise(name, x):
        places.add(name)
        return batch_statistics(name, x)

    weights = problem.network.weights(problem.generator)
    seen = watched(problem)
    train(
        problem,
        weights,
        lambda: problem.network.sample(problem.generator, 1),
        normalise=averages.training,
    )
    for one in seen:
        problem.network.forward(weights, one.path, one.images, normalise)
    assert places == set(averages.means)
    assert {"stem", "tail"} < places
    assert all(mean.any() for mean in averages.means.values())
