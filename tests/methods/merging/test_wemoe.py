"""methods.merging.wemoe: which weights a router mixes, and that it learns to."""

import pytest
import torch
from torch import nn

from methods.merging.task_arithmetic import task_arithmetic
from methods.merging.wemoe import Gate, MixedLinear, wemoe
from suites.merging.evaluation import Examples, logits
from suites.merging.pools import entropy
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem

SETTINGS = {"start": 0.3, "rate": 1e-3, "steps": 5, "images": 8, "examples": 32}


def gate_of(bias, second=None, experts=2):
    """A gate of width 1 whose first layer hands on x; g = mean of second * relu(x), plus bias."""
    gate = Gate(1, experts, bias, torch.Generator().manual_seed(0)).eval()
    with torch.no_grad():
        gate.first.weight.fill_(1)
        gate.second.weight.copy_(torch.tensor(second or [0.0] * experts)[:, None])
    return gate


def test_a_gate_averages_over_tokens():
    # Two tokens, 2 and -4: relu gives 2 and 0. g_1 = (.3 + 2*1 + .3 + 0)/2 = 1.3, g_2 = .3.
    gate = gate_of(0.3, [1.0, 0.0])
    weights = gate(torch.tensor([[[2.0], [-4.0]]]))
    assert weights.tolist() == [[pytest.approx(1.3), pytest.approx(0.3)]]


def test_a_gate_that_learns_averages_over_the_batch_as_well():
    # Inputs 2 and 4: g_1 = 2 and 4 apart, 3 and 3 together.
    gate = gate_of(0.0, [1.0, 0.0])
    x = torch.tensor([[2.0], [4.0]])
    assert gate(x)[:, 0].tolist() == [2.0, 4.0]
    assert gate.train()(x).tolist() == [[3.0, 0.0]]


def test_each_input_has_its_own_weights():
    # theta_0 = 1, t_1 = 10, t_2 = 100, bias 0 and 1, 2. Input 2: g = (2, 0), w = 1 + 20 = 21,
    # b = 0 + 2 = 2, 21 * 2 + 2 = 44. Input 4: g = (4, 0), w = 41, b = 4, 41 * 4 + 4 = 168.
    start = {"weight": torch.ones(1, 1), "bias": torch.zeros(1)}
    changes = {
        "weight": torch.tensor([[[10.0]], [[100.0]]]),
        "bias": torch.tensor([[1.0], [2.0]]),
    }
    layer = MixedLinear(gate_of(0.0, [1.0, 0.0]), True, start, changes)
    found = layer(torch.tensor([[[2.0]], [[4.0]]]))
    assert found.flatten().tolist() == [44, 168]


def test_the_second_layer_of_a_pair_takes_the_firsts_weights():
    gate = gate_of(0.0, [1.0, 0.0])
    zero, one = {"weight": torch.zeros(1, 1)}, {"weight": torch.tensor([[[1.0]], [[0.0]]])}
    up, down = MixedLinear(gate, True, zero, one), MixedLinear(gate, False, zero, one)
    # Input 3: g_1 = 3; up gives 3*3 = 9, and down 3*9, not 9*9.
    assert down(up(torch.tensor([[3.0]]))).item() == 27


def test_a_router_that_hasnt_learnt_is_nearly_task_arithmetic():
    # g = .3 + W_2 relu(W_1 h), both of deviation .01: below .01.
    problem = tiny_problem()
    inputs = problem.test_inputs(0)
    router = wemoe(problem, **{**SETTINGS, "steps": 0})
    merged = logits(problem.model, task_arithmetic(problem, scale=0.3), inputs)
    assert torch.allclose(router(inputs, 0), merged, atol=0.02)
    assert not torch.equal(router(inputs, 0), merged)


def test_learning_lowers_the_entropy_among_the_tasks_classes():
    problem = tiny_problem()

    def after(steps):
        settings = {**SETTINGS, "rate": 0.03, "steps": steps, "images": 32}
        router = wemoe(problem, **settings)
        own = [router(problem.unlabeled(i, 32), i)[:, problem.classes(i)] for i in range(3)]
        return sum(float(entropy(scores)) for scores in own) / 3

    assert after(30) < after(0) - 0.02


def test_no_test_input_and_no_label_is_asked_for():
    problem = tiny_problem(needs=["pretrained", "unlabeled"])
    wemoe(problem, **SETTINGS)
    assert problem.data_used == "unlabeled"


def test_scores_of_an_input_dont_depend_on_the_others():
    problem = tiny_problem()
    inputs = problem.test_inputs(0)
    router = wemoe(problem, **SETTINGS)
    assert torch.allclose(router(inputs, 0)[3], router(inputs[3:4], 1)[0], atol=1e-5)


def test_a_network_without_perceptrons_is_task_arithmetics():
    start = {"0.weight": torch.ones(2, 2), "0.bias": torch.zeros(2)}
    experts = [{n: t + i for n, t in start.items()} for i in (1, 2)]
    inputs = torch.randn(4, 2)
    pools = [Examples(inputs, torch.tensor([0, 1]))] * 2
    problem = MergingProblem(
        nn.Sequential(nn.Linear(2, 2)), experts, pretrained=start, calibration=pools
    )
    expected = logits(problem.model, task_arithmetic(problem, scale=0.3), inputs)
    assert torch.allclose(wemoe(problem, **SETTINGS)(inputs, 0), expected, atol=1e-6)


def test_the_template_is_left_as_it_was():
    problem = tiny_problem()
    wemoe(problem, **SETTINGS)
    assert all(parameter.grad is None for parameter in problem.model.parameters())
    assert not any(isinstance(module, MixedLinear) for module in problem.model.modules())
