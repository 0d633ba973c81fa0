"""methods.merging.adamerging and adamerging_validation: what the coefficients learn, and from what.

A problem of one weight an expert is small enough for its gradient to be worked out by hand.
"""

import pytest
import torch
from torch import nn

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from methods.merging.adamerging import adamerging, combine
from methods.merging.adamerging_validation import adamerging_validation
from methods.merging.task_arithmetic import task_arithmetic
from suites.merging.counters import COUNTERS
from suites.merging.evaluation import Examples, logits
from suites.merging.pools import entropy, own_pool, scored_pool
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten

SETTINGS = {"start": 0.3, "rate": 1e-3, "steps": 30, "images": 8}


class Scale(nn.Module):
    """x -> scores (w_1 x, 0)."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2))

    def forward(self, x):
        return x * self.weight[:1] * torch.tensor([1.0, 0.0])


def scale_problem(firsts, inputs):
    """theta_0 = 0; the experts' first weights are given, what their second ones are is nothing."""
    pool = Examples(inputs, torch.tensor([0, 1]))
    return MergingProblem(
        Scale(),
        [{"weight": torch.tensor([first, 5.0])} for first in firsts],
        pretrained={"weight": torch.zeros(2)},
        calibration=[pool] * len(firsts),
        test_inputs=[inputs],
        test_classes=[pool.classes],
    )


def test_a_weight_is_the_pretrained_one_and_what_its_coefficients_add():
    # theta_0 = 1, t_1 = 2, t_2 = 4, lambda = .5 and 2 (held at 1): 1 + .5 2 + 1 4 = 6.
    start = {"w": torch.ones(1)}
    experts = [{"w": torch.tensor([3.0])}, {"w": torch.tensor([5.0])}]
    problem = MergingProblem(nn.Identity(), experts, pretrained=start)
    changes = {"w": torch.tensor([[2.0], [4.0]])}
    assert combine(problem, changes, torch.tensor([[0.5, 2.0]]))["w"].item() == 6


def test_one_step_of_adam_moves_each_coefficient_by_the_rate():
    # t = 1, -1, 1: w = .3 - .3 + .3 = .3 > 0, and the entropy falls as w grows. Adam's first step
    # is the rate, whatever the gradient's size: +, -, +, so w = .301 - .299 + .301 = .303.
    problem = scale_problem([1.0, -1.0, 1.0], torch.ones(4, 1))
    merged = adamerging(problem, start=0.3, rate=1e-3, steps=1, images=4)
    assert float(merged["weight"][0]) == pytest.approx(0.303, abs=1e-5)


def test_coefficients_stay_between_0_and_1():
    # At a rate of 1 the first step would take them to 1.3 and -.7: w = 1 - 0.
    problem = scale_problem([1.0, -0.5], torch.ones(4, 1))
    merged = adamerging(problem, start=0.3, rate=1.0, steps=1, images=4)
    assert merged["weight"].tolist() == pytest.approx([1.0, 5.0])


def test_without_a_step_it_is_task_arithmetic():
    problem = tiny_problem()
    for merge, more in ((adamerging, {}), (adamerging_validation, {"examples": 8})):
        merged = merge(problem, **{**SETTINGS, "steps": 0}, **more)
        expected = flatten(task_arithmetic(problem, scale=0.3))
        assert torch.allclose(flatten(merged), expected, atol=1e-5)


def test_the_entropy_of_the_test_inputs_among_their_classes_falls():
    problem = tiny_problem()
    pool = scored_pool(problem)

    def after(steps):
        merged = adamerging(problem, start=0.3, rate=0.05, steps=steps, images=32)
        return float(entropy(logits(problem.model, merged, pool.inputs), pool.allowed))

    assert after(40) < after(0) - 0.01


def test_the_experts_own_inputs_lower_the_entropy_among_their_classes():
    problem = tiny_problem()
    pool = own_pool(problem, 32)

    def after(steps):
        settings = {**SETTINGS, "rate": 0.05, "steps": steps}
        merged = adamerging_validation(problem, **settings, examples=32)
        return float(entropy(logits(problem.model, merged, pool.inputs), pool.allowed))

    assert after(40) < after(0) - 0.01


def test_the_own_inputs_are_no_test_inputs():
    problem = tiny_problem(needs=["pretrained", "unlabeled", "gradients"])
    adamerging_validation(problem, **SETTINGS, examples=8)
    assert problem.data_used == "unlabeled"


def test_its_passes_are_charged():
    # A step: forward F and backward about 2 F an image, and theta and its gradient, 2 K P each.
    meter = Meter(Budget(limits={"flops": 1e12, "examples": 99}), COUNTERS)
    problem = tiny_problem(meter=meter)
    weights = sum(t.numel() for t in problem.pretrained.values())
    with meter:
        logits(problem.model, problem.pretrained, problem.test_inputs(0)[:8])
        forward = meter.flops
        adamerging(problem, **SETTINGS)
    expected = SETTINGS["steps"] * (3 * forward + 4 * 3 * weights)
    assert 0.8 * expected < meter.flops - forward < 1.4 * expected
