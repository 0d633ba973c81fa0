"""What the suite's own loops cost is what the meter would count, in FLOPs and in passes."""

from __future__ import annotations

import pytest
import torch

from bench.metering.budget import Budget
from bench.metering.meter import BudgetExceeded, Meter
from suites.selection import settings as known
from suites.selection.counters import COUNTERS
from suites.selection.distill.making import CONVNET3_PASS
from suites.selection.networks import build
from suites.selection.passes import Passes
from suites.selection.problem import Examples
from suites.selection.tiny import CLASSES, POOL, pool_assets, tiny_problem
from suites.selection.training import Recipe, batch_loss, train

UPDATE = 14


def a_meter(**limits: float) -> Meter:
    return Meter(Budget(limits), COUNTERS)


def step_flops(settings: dict) -> float:
    """FLOPs of one example's forward and backward pass, operator by operator."""
    network, meter = build(settings), a_meter()
    shape = (32, settings["channels"], settings["side"], settings["side"])
    images, labels = torch.rand(shape), torch.zeros(32, dtype=torch.int64)
    weights = network.start(torch.Generator().manual_seed(0)).requires_grad_()
    with meter:
        loss = batch_loss(network.logits(weights, images), Examples(images, labels))
        torch.autograd.grad(loss, weights)
    return meter.flops / 32


def test_the_budgets_stand_on_what_a_pass_costs():
    assert step_flops(known.STRIDED) == known.PASS_FLOPS["small"]
    assert step_flops(known.STRIDED_TINY) == known.PASS_FLOPS["tiny"]
    assert step_flops({"name": "resnet18", **known.COLOUR}) == known.PASS_FLOPS["resnet18"]
    convnet = {"name": "convnet3", **known.SMALL}
    assert step_flops(convnet) == CONVNET3_PASS["small"]
    assert step_flops({**convnet, **known.TINY, "width": 8}) == CONVNET3_PASS["tiny"]
    assert step_flops({**convnet, **known.COLOUR, "width": 128}) == CONVNET3_PASS["colour"]


def test_a_training_costs_its_steps_and_updates_though_only_the_first_is_counted():
    problem = tiny_problem()
    pool = Examples(problem.images, problem.labels)
    network, meter = problem.network, a_meter()
    start = network.start(problem.generator)
    some, draws = pool.rows(torch.arange(64)), problem.generator
    with meter:
        train(network, start, some, Recipe(batch=32), 10, draws, Passes(meter))
    # ten steps; and the orders of five epochs of 64, drawn at a FLOP an example
    steps = 10 * (32 * known.PASS_FLOPS["tiny"] + UPDATE * network.size)
    assert meter.flops == steps + 5 * 64
    assert meter.spent["forward_passes"] == meter.spent["backward_passes"] == 320


def test_what_is_bought_costs_its_networks_passes_and_only_once():
    problem = tiny_problem()
    for _ in range(2):
        assert problem.early.logits.shape == (10, POOL, CLASSES)
    # EL2N: ten networks, two epochs of 300 forward and backward, and 300 forward
    assert problem._meter.spent["backward_passes"] == 10 * 2 * POOL + 10 * 2 * (19 * 32 - 600) / 2
    assert problem._meter.spent["forward_passes"] == problem._meter.spent["backward_passes"] + 3000


def test_forgetting_costs_ten_epochs_and_a_look_after_each():
    problem = tiny_problem()
    assert problem.course.logits.shape == (10, POOL, CLASSES)
    # 94 steps of 32 examples are the ten epochs' 3,000 passes, to a whole step
    assert problem._meter.spent["backward_passes"] == 94 * 32
    assert problem._meter.spent["forward_passes"] == 94 * 32 + 10 * POOL


def test_a_derivative_along_a_direction_is_a_pass_of_its_own_and_equals_explicit_gradients():
    problem = tiny_problem(corruption="noise")
    pool = Examples(problem.images, problem.labels).rows(torch.arange(20))
    weights, clean = problem.course.weights[-1], problem.reference.weights
    along = problem.along(weights, clean - weights, pool)
    assert problem._meter.spent["jvp_passes"] == 20
    for number in range(20):
        own = problem.gradient(weights, pool.rows(torch.tensor([number])))
        assert along[number].item() == pytest.approx(
            float(own @ (clean - weights)), rel=2e-3, abs=1e-4
        )


def test_a_training_stops_before_the_step_that_would_cross_the_budget():
    limit = 5.5 * 32 * known.PASS_FLOPS["tiny"]
    problem = tiny_problem(meter=a_meter(flops=limit))
    done = []
    with problem._meter, pytest.raises(BudgetExceeded):
        problem.train(
            Examples(problem.images, problem.labels), 10, each=lambda step, _: done.append(step)
        )
    assert done == [1, 2, 3, 4, 5]


def test_outputs_do_not_hang_on_how_many_images_are_asked_for_at_once():
    problem = tiny_problem()
    weights = problem.course.weights[-1]
    whole, _ = problem.outputs(weights)
    pieces = torch.cat([problem.outputs(weights, part)[0] for part in problem.images.split(7)])
    assert torch.allclose(whole, pieces, atol=1e-5)
    assert torch.allclose(whole, pool_assets()["course"].tensors["logits"][-1], atol=1e-5)
