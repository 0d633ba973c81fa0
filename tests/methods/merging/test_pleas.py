"""Least squares by hand, and what becomes of a network in another order of channels."""

import pytest
import torch
from torch import nn
from torch.func import functional_call

from methods.merging.pleas import pleas
from suites.common.networks import MLP
from suites.merging.least_squares import Equations, design, fit_layers, outputs_of
from tests.suites.merging.rebasin.planted import (
    NETWORKS,
    answers,
    planted,
    problem_of,
    random_state,
)


def test_the_equations_of_one_weight_by_hand():
    # z = 1, 3 and rest r = 2, 2: z z = 10, z r = 8, of two rows 5 and 4; ridge .2 of 5 is 1:
    # change = 4 / (5 + 1) = 2/3, and with a ridge that vanishes 4/5
    equations = Equations()
    equations.add(torch.tensor([[1.0]]), torch.tensor([[2.0]]))
    equations.add(torch.tensor([[3.0]]), torch.tensor([[2.0]]))
    assert equations.solve(0.2).item() == pytest.approx(2 / 3)
    assert equations.solve(1e-9).item() == pytest.approx(4 / 5)


def test_a_convolutions_rows_are_its_patches():
    layer = nn.Conv2d(2, 3, 3, stride=2, padding=1)
    x = torch.randn(4, 2, 7, 7)
    weight = torch.cat([layer.weight.flatten(1), layer.bias[:, None]], 1)
    expected = outputs_of(layer, layer(x))
    torch.testing.assert_close(design(layer, x) @ weight.T, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_layers_that_already_do_what_is_asked_stay_as_they_are(make):
    model = make().eval()
    state = random_state(model, 0)
    inputs = problem_of(model, [state]).unlabeled(0, 20)
    fitted = fit_layers(model, state, [state, state], inputs, 0.1)
    for name, tensor in fitted.items():
        torch.testing.assert_close(tensor, state[name], rtol=1e-4, atol=1e-4)


def test_a_layer_gives_the_mean_output_on_the_mean_input_where_the_ridge_vanishes():
    model = MLP([64, 6, 3])
    states = [random_state(model, seed) for seed in (0, 1)]
    problem = problem_of(model, states)
    inputs = torch.cat([problem.unlabeled(0, 20), torch.randn(200, 8, 8)])
    middle = {name: (states[0][name] + states[1][name]) / 2 for name in states[0]}
    fitted = fit_layers(model, middle, states, inputs, 1e-9)
    hidden = []
    for state in states:
        x = inputs.flatten(1)
        hidden.append((x @ state["layers.0.weight"].T + state["layers.0.bias"]).relu())
    z = (hidden[0] + hidden[1]) / 2
    y = sum(functional_call(model, state, (inputs,)) for state in states) / 2
    rows = torch.cat([z, torch.ones(len(z), 1)], 1).double()
    best = torch.linalg.lstsq(rows, y.double()).solution.T.float()
    found = torch.cat([fitted["layers.1.weight"], fitted["layers.1.bias"][:, None]], 1)
    torch.testing.assert_close(found, best, rtol=1e-3, atol=1e-3)


def test_a_network_merged_with_itself_in_another_order_is_itself():
    model, state, _groups, _orders, moved = planted(NETWORKS["perceptron"])
    merged = pleas(problem_of(model, [state, moved]), ridge=0.1, examples=20)
    torch.testing.assert_close(answers(model, merged), answers(model, state), rtol=1e-3, atol=1e-3)
