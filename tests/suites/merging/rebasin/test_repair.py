"""What a repaired network's hidden layers look like, by hand and on networks with BatchNorm."""

import pytest
import torch
from torch import nn
from torch.func import functional_call

from methods.merging.average_repair import average_repair
from suites.common.networks import MLP
from suites.merging.evaluation import Examples
from suites.merging.problem import MergingProblem
from suites.merging.rebasin.networks import ResidualNet
from suites.merging.repair import EPSILON, repair, union_of_inputs
from suites.merging.vectors import average
from tests.suites.merging.rebasin.planted import Plain, problem_of, random_state


def test_a_hidden_channels_mean_and_deviation_by_hand():
    # Inputs -1 and 1. Experts w = 3, b = 1 and w = -1, b = 3: outputs have means 1 and 3,
    # deviations 3 and 1: the goal is mean 2, deviation 2. Merged w = 1, b = 2 has mean 2 and
    # deviation 1: gain 2, so w = 2, and b = 2 (up to epsilon).
    model = MLP([1, 1, 1])
    rest = {"layers.1.weight": torch.ones(1, 1), "layers.1.bias": torch.zeros(1)}

    def state(weight, bias):
        own = {"layers.0.weight": torch.tensor([[weight]]), "layers.0.bias": torch.tensor([bias])}
        return own | {name: tensor.clone() for name, tensor in rest.items()}

    inputs = torch.tensor([[-1.0], [1.0]])
    pool = Examples(inputs, torch.arange(1))
    problem = MergingProblem(model, [state(3.0, 1.0), state(-1.0, 3.0)], calibration=[pool, pool])
    merged = average_repair(problem, examples=2)
    gain = 2 / (1 + EPSILON) ** 0.5
    assert merged["layers.0.weight"].item() == pytest.approx(gain)
    assert merged["layers.0.bias"].item() == pytest.approx(2 + gain * (2 - 2), abs=1e-4)
    assert merged["layers.1.weight"].item() == 1


def hidden_outputs(model, state, inputs, kind):
    """(mean, deviation) of each channel of each module of that kind, in order."""
    found = []

    def hook(module, _given, output):
        columns = output.movedim(-1 if isinstance(module, nn.Linear) else 1, 0).flatten(1)
        found.append((columns.mean(1), columns.std(1, correction=0)))

    handles = [m.register_forward_hook(hook) for m in model.modules() if isinstance(m, kind)]
    functional_call(model, state, (inputs,))
    for handle in handles:
        handle.remove()
    return found


def test_every_hidden_layer_has_its_experts_mean_statistics():
    model = MLP([64, 9, 8, 3])
    states = [random_state(model, seed) for seed in (0, 1)]
    problem = problem_of(model, states)
    inputs = union_of_inputs(problem, 20)
    merged = repair(problem, average(states), states, inputs)
    found = hidden_outputs(model, merged, inputs, nn.Linear)[:-1]
    own = [hidden_outputs(model, state, inputs, nn.Linear)[:-1] for state in states]
    for layer, first, second in zip(found, *own, strict=True):
        for mine, a, b in zip(layer, first, second, strict=True):
            torch.testing.assert_close(mine, (a + b) / 2, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("make", [lambda: ResidualNet((6, 8), 3), Plain])
def test_behind_batch_norm_every_channel_has_its_shift_and_scale_again(make):
    model = make().eval()
    states = [random_state(model, seed) for seed in (0, 1)]
    problem = problem_of(model, states)
    inputs = union_of_inputs(problem, 20)
    merged = repair(problem, average(states), states, inputs)
    norms = [(n, m) for n, m in model.named_modules() if hasattr(m, "running_mean")]
    found = hidden_outputs(model, merged, inputs, type(norms[0][1]))
    for (name, _module), (mean, deviation) in zip(norms, found, strict=True):
        shift, scale = merged[f"{name}.bias"], merged[f"{name}.weight"]
        torch.testing.assert_close(mean, shift, rtol=1e-2, atol=1e-2)
        torch.testing.assert_close(deviation, scale.abs(), rtol=0.05, atol=1e-2)
        assert torch.equal(scale, average(states)[f"{name}.weight"])


def test_a_network_merged_with_itself_needs_no_repair():
    model = MLP([64, 9, 8, 3])
    state = random_state(model, 0)
    merged = average_repair(problem_of(model, [state, state]), examples=20)
    for name, tensor in merged.items():
        torch.testing.assert_close(tensor, state[name], rtol=1e-3, atol=1e-3)
