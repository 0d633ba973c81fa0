"""The plain hypernetwork, MIP and MIP's controls: each does what it says."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.func import grad_and_value

from methods.hypernet.encoding_only import encoding_only
from methods.hypernet.gradient_clipping import gradient_clipping
from methods.hypernet.layer_norm import layer_norm
from methods.hypernet.mip import mip
from methods.hypernet.norm_division import norm_division
from methods.hypernet.output_scaling import output_scaling
from methods.hypernet.residual_complement import residual_complement
from methods.hypernet.residual_constant import residual_constant
from methods.hypernet.residual_only import residual_only
from methods.hypernet.spectral_norm import spectral_norm
from methods.hypernet.standard_fan_out import standard_fan_out
from methods.hypernet.standard_hyperfan_in import standard_hyperfan_in
from methods.hypernet.standard_hyperfan_out import standard_hyperfan_out
from methods.hypernet.zero_head import zero_head
from suites.hypernet.checks import problem_of
from suites.hypernet.layers import (
    Plain,
    complement,
    cosine_sine,
    initialise_hyperfan,
    largest_singular,
    over_norm,
    with_one,
)
from suites.hypernet.streams import Streams
from suites.hypernet.target import Target
from tests.suites.hypernet.frame import part, step_loss

NEEDS = ("condition", "room")
TURNS = torch.linspace(0, 1, 9)[:, None]
OF = part()


def build(method, seed: int = 0, **params):
    return method(problem_of(OF, NEEDS, seed), **params)


@torch.no_grad()
def theta(module: torch.nn.Module, conditions: Tensor = TURNS) -> Tensor:
    """All parameters of the target under each condition, shape (n, weights)."""
    return OF.target.join(module(conditions))


PLAIN = build(standard_fan_out)


@given(length=st.floats(0.01, 10), turn=st.floats(0.01, 1))
@settings(max_examples=30, deadline=None)
def test_plain_with_zero_biases_is_proportional_to_the_length_of_its_condition(length, turn):
    condition = torch.tensor([[turn]])
    longer = theta(PLAIN, length * condition)
    torch.testing.assert_close(longer, length * theta(PLAIN, condition), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_mips_magnitude_hardly_depends_on_the_condition_at_the_start(seed):
    norms = theta(build(mip, seed)).norm(dim=1)
    assert norms.max() < 1.15 * norms.min()
    plain = theta(build(standard_fan_out, seed)).norm(dim=1)
    assert plain[0] == 0
    assert plain[-1] > 7 * plain[1]


def test_encodings_are_what_their_names_say():
    conditions = torch.tensor([[0.0, 1.0], [0.5, 0.25]])
    half = math.sqrt(0.5)
    torch.testing.assert_close(
        cosine_sine(conditions),
        # cos 0, cos 90 degrees, sin 0, sin 90; cos 45, cos 22.5, sin 45, sin 22.5
        torch.tensor([[1, 0, 0, 1], [half, 0.92388, half, 0.382683]]),
    )
    assert complement(conditions).tolist() == [[0, 1, 1, 0], [0.5, 0.25, 0.5, 0.75]]
    assert with_one(conditions).tolist() == [[0, 1, 1], [0.5, 0.25, 1]]
    # |(.5, .25)| = sqrt(.3125) = .559017
    torch.testing.assert_close(
        over_norm(conditions), torch.tensor([[0, 1], [0.894427, 0.447214]]), rtol=1e-5, atol=0
    )
    assert over_norm(torch.zeros(1, 2)).tolist() == [[0, 0]]


@pytest.mark.parametrize("method", [mip, residual_only, residual_complement, residual_constant])
def test_a_residual_starts_at_the_targets_own_scale(method):
    own = OF.target.initial(torch.Generator().manual_seed(1)).norm()
    norms = theta(build(method)).norm(dim=1)
    assert (norms > 0.8 * own).all()
    assert (norms < 1.3 * own).all()


def test_the_encoding_alone_has_no_residual():
    module = build(encoding_only)
    assert not module.head.bias.any()
    assert theta(module).norm(dim=1).max() < theta(build(mip)).norm(dim=1).min()


def test_what_is_divided_by_its_norm_forgets_its_length():
    found = theta(build(norm_division), TURNS[1:])
    assert torch.equal(found[0].expand_as(found), found)


def test_layer_norm_takes_the_length_out_of_the_generated_parameters():
    norms = theta(build(layer_norm), TURNS[2:]).norm(dim=1)
    assert norms.max() < 1.05 * norms.min()
    plain = theta(PLAIN, TURNS[2:]).norm(dim=1)
    assert plain.max() > 3 * plain.min()


def test_every_layer_of_the_spectral_control_has_spectral_norm_one():
    module = build(spectral_norm)
    layers = [*module.hidden.layers, module.head]
    for layer in layers:
        torch.testing.assert_close(
            largest_singular(layer.weight), torch.linalg.svdvals(layer.weight)[0]
        )
        with torch.no_grad():
            used = layer(torch.eye(layer.in_features)) - layer.bias
        torch.testing.assert_close(torch.linalg.svdvals(used)[0], torch.tensor(1.0))


def test_clipped_gradients_have_at_most_their_norm_and_the_loss_is_as_it_was():
    module = build(gradient_clipping, norm=0.3)
    assert module.clip == 0.3
    loss, state, _ = step_loss(module, OF, module.clip)
    free, _, _ = step_loss(module, OF, 0.0)
    streams = Streams([OF.stages[0]], [0], None, {})
    norms = []
    for step in range(OF.stages[0].steps):
        batch = [tensor[0] for tensor in streams(0, 1, step)]
        gradient, value = grad_and_value(loss)(state, *batch)
        own, same = grad_and_value(free)(state, *batch)
        assert value == same
        assert norm_of(gradient) <= 0.3 * (1 + 1e-5)
        torch.testing.assert_close(norm_of(gradient), norm_of(own).clamp(max=0.3))
        norms.append(float(norm_of(own)))
        state = {name: tensor - 0.1 * own[name] for name, tensor in state.items()}
    assert min(norms) < 0.3 < max(norms)  # both cases have been seen


def norm_of(gradient: dict[str, Tensor]) -> Tensor:
    return torch.cat([g.flatten() for g in gradient.values()]).norm()


def test_output_scaling_brings_unit_numbers_to_the_targets_scale():
    module = build(output_scaling)
    with torch.no_grad():
        flat = OF.target.split(module.head(module.hidden(TURNS)))
        found = module(TURNS)
    # weights by sqrt(2 / fan-in): 64 inputs, then 8
    torch.testing.assert_close(
        found["layers.0.weight"], flat["layers.0.weight"] * math.sqrt(2 / 64)
    )
    torch.testing.assert_close(found["layers.1.weight"], flat["layers.1.weight"] / 2)
    torch.testing.assert_close(found["layers.1.bias"], torch.tanh(0.2 * flat["layers.1.bias"]))


def test_a_head_of_zeros_starts_at_the_targets_own_initialisation():
    module = build(zero_head)
    found = theta(module)
    assert torch.equal(found, module.head.bias.expand_as(found))
    weights = OF.target.split(found[0])
    assert not weights["layers.0.bias"].any()
    assert weights["layers.0.weight"].std() == pytest.approx(math.sqrt(2 / 64), rel=0.15)


@pytest.mark.parametrize("mode", ["in", "out"])
def test_hyperfan_gives_the_target_the_variance_that_it_promises(mode):
    target = Target((64, 16, 32, 8))
    conditions = torch.linspace(-1, 1, 41)[:, None]  # mean square 1 / 3, as a uniform number's
    squares = dict.fromkeys(target.shapes, 0.0)
    seeds = 12
    for seed in range(seeds):
        module = Plain(target, 1, (128, 128))
        initialise_hyperfan(module, 1 / 3, torch.Generator().manual_seed(seed), mode=mode)
        with torch.no_grad():
            for name, tensor in module(conditions).items():
                squares[name] += float(tensor.square().mean()) / seeds
    expected = {
        # in: 1 / fan-in for weights, 1 for biases
        "in": {"layers.0.weight": 1 / 64, "layers.1.weight": 1 / 16, "layers.1.bias": 1.0},
        # out: 2 / fan-out for weights, max(0, 2 (1 - fan-in / fan-out)) for biases
        "out": {"layers.0.weight": 2 / 16, "layers.1.weight": 2 / 32, "layers.1.bias": 1.0},
    }[mode]
    for name, value in expected.items():
        assert squares[name] == pytest.approx(value, rel=0.3)
    if mode == "out":
        assert squares["layers.0.bias"] == squares["layers.2.bias"] == 0  # 1 - 64/16, 1 - 32/8 < 0


def test_hyperfan_methods_take_the_mean_square_of_the_conditions_that_training_shows():
    assert pytest.approx(1 / 3, rel=0.2) == OF.mean_square  # of numbers uniform in [0, 1]
    for method, name in ((standard_hyperfan_in, "in"), (standard_hyperfan_out, "out")):
        module = Plain(OF.target, 1, OF.hidden)
        initialise_hyperfan(module, OF.mean_square, torch.Generator().manual_seed(3), mode=name)
        assert torch.equal(theta(build(method, 3)), theta(module))
