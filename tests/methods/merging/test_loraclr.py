"""methods.merging.loraclr, against cases worked out by hand and torch's own derivatives."""

import pytest
import torch

from methods.merging.loraclr import contrast, descend, layer_inputs, loraclr, nearest_others
from suites.merging.tiny import tiny_problem


def test_the_nearest_outputs_of_another_expert_by_hand():
    # rows (0, 0) and (3, 4): to the other's outputs (6, 8) and (0, 1) it is 1 and 5
    made = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    outputs = torch.tensor([[6.0, 8.0], [0.0, 1.0]])
    distance, whose = nearest_others(made, outputs)
    assert distance.tolist() == [1.0, 5.0]
    assert whose.tolist() == [1, 0]


def test_the_loss_by_hand():
    # two experts, one input each, d = m = 1: X = 1, 1; T = 2, .3; W = 0, so P = 0, 0
    # |P - T|^2 = 4, .09, mean 2.045; nearest other .3 and 2: max(0, .5 - .3)^2 = .04, mean .02
    # .1 x mean of the squares, over 2 numbers: .1 x 4.09 / 2 = .2045
    # gradient: sum of (2/2 + 2 x .1 / 2)(P - T) X = 1.1 x (-2.3) = -2.53; and of the first's
    # repelling -(2 x .2 / .3) / 2 x (0 - .3) = +.2: -2.33
    inputs = torch.ones(2, 1, 1)
    outputs = torch.tensor([[[2.0]], [[0.3]]])
    loss, gradient = contrast(inputs, outputs, torch.zeros(1, 1))
    assert loss == pytest.approx(2.045 + 0.02 + 0.2045)
    assert gradient.item() == pytest.approx(-2.33, abs=1e-5)


@pytest.mark.parametrize("size", [0.01, 1.0], ids=["some repel each other", "none is near"])
def test_the_gradient_is_that_of_the_loss(size):
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(3, 5, 4, generator=generator, dtype=torch.float64)
    outputs = size * torch.randn(3, 5, 2, generator=generator, dtype=torch.float64)
    weight = size * torch.randn(2, 4, generator=generator, dtype=torch.float64)
    _loss, gradient = contrast(inputs, outputs, weight)
    for entry in ((0, 0), (1, 3)):
        step = torch.zeros_like(weight)
        step[entry] = 1e-5
        above = contrast(inputs, outputs, weight + step)[0]
        below = contrast(inputs, outputs, weight - step)[0]
        assert gradient[entry].item() == pytest.approx((above - below) / 2e-5, rel=1e-4, abs=1e-8)


def test_it_never_ends_above_where_it_began():
    generator = torch.Generator().manual_seed(1)
    inputs, weights = torch.randn(2, 40, 4, generator=generator), torch.ones(2, 3, 4)
    weights[1] *= 2
    outputs = inputs @ weights.transpose(1, 2)
    start = torch.zeros(3, 4)
    before, _ = contrast(inputs, outputs, start)
    good = descend(inputs, outputs, start, 0.1, 50)
    assert contrast(inputs, outputs, start + good)[0] < before
    wild = descend(inputs, outputs, start, 1e6, 5)  # every step makes it worse: none is taken
    assert not wild.any()


def test_the_inputs_of_a_layer_are_those_that_reach_it():
    problem = tiny_problem(experts=1)
    images = problem.unlabeled(0, 3)
    found = layer_inputs(problem.model, problem.experts[0], images)
    # 3 images of 8 x 8 in patches of 4 x 4: 4 tokens of 16 pixels each
    assert found["embed.weight"].shape == (12, 16)
    assert found["blocks.1.down.weight"].shape == (12, 32)
    assert "head.weight" not in found, "it is frozen"


def test_every_layer_comes_to_answer_as_a_single_expert_does():
    problem = tiny_problem(experts=1)
    (expert,) = problem.experts
    merged = loraclr(problem, rate=0.1, steps=50, examples=32)
    for name, inputs in layer_inputs(problem.model, expert, problem.unlabeled(0, 32)).items():
        before = (inputs @ (problem.pretrained[name] - expert[name]).T).norm()
        after = (inputs @ (merged[name] - expert[name]).T).norm()
        assert after < 0.3 * before, name
