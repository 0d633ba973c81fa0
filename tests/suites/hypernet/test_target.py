"""suites.hypernet.target: cutting, joining and running generated parameters."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from suites.hypernet.target import Target

TARGET = Target((4, 3, 2))


def test_shapes_follow_from_the_widths() -> None:
    assert TARGET.shapes == {
        "layers.0.weight": (3, 4),
        "layers.0.bias": (3,),
        "layers.1.weight": (2, 3),
        "layers.1.bias": (2,),
    }
    # 12 + 3 + 6 + 2
    assert TARGET.weights == 23


@given(st.integers(1, 5), st.integers(0, 100))
def test_joining_undoes_splitting(count: int, seed: int) -> None:
    flat = torch.randn(count, 23, generator=torch.Generator().manual_seed(seed))
    assert torch.equal(TARGET.join(TARGET.split(flat)), flat)


def test_each_condition_runs_its_own_network() -> None:
    flat = torch.randn(5, 23, generator=torch.Generator().manual_seed(1))
    inputs = torch.randn(5, 7, 4, generator=torch.Generator().manual_seed(2))
    found = TARGET.logits(TARGET.split(flat), inputs)
    for i in range(5):
        network = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
        state = {n: t[0] for n, t in TARGET.split(flat[i : i + 1]).items()}
        network[0].load_state_dict(
            {"weight": state["layers.0.weight"], "bias": state["layers.0.bias"]}
        )
        network[2].load_state_dict(
            {"weight": state["layers.1.weight"], "bias": state["layers.1.bias"]}
        )
        torch.testing.assert_close(found[i], network(inputs[i]))


def test_a_mask_takes_hidden_units_away() -> None:
    flat = torch.randn(1, 23, generator=torch.Generator().manual_seed(1))
    inputs = torch.randn(1, 7, 4, generator=torch.Generator().manual_seed(2))
    parameters = TARGET.split(flat)
    masked = TARGET.logits(parameters, inputs, torch.tensor([[1.0, 1.0, 0.0]]))
    cut = {
        "layers.0.weight": parameters["layers.0.weight"][:, :2],
        "layers.0.bias": parameters["layers.0.bias"][:, :2],
        "layers.1.weight": parameters["layers.1.weight"][:, :, :2],
        "layers.1.bias": parameters["layers.1.bias"],
    }
    torch.testing.assert_close(masked, Target((4, 2, 2)).logits(cut, inputs))


def test_its_own_initialisation_keeps_the_variance_of_relu_layers() -> None:
    wide = Target((400, 300, 10))
    parameters = wide.split(wide.initial(torch.Generator().manual_seed(0))[None])
    # Kaiming: 2 / fan-in
    assert abs(parameters["layers.0.weight"].var().item() * 400 / 2 - 1) < 0.02
    assert parameters["layers.0.bias"].abs().max() == 0
