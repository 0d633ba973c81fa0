"""Which axes belong together, by hand; and that permuting them changes no network's function."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from bench.contract.job import ContractError
from suites.common.networks import MLP, VisionTransformer
from suites.merging.channels import Axis, read_structure
from suites.merging.permutations import permute
from suites.merging.rebasin.networks import ResidualNet
from tests.suites.merging.rebasin.planted import NETWORKS, FlatConv, answers, planted, random_state


def axes_of(model):
    structure = read_structure(model, model.state_dict())
    return [{(a.name, a.axis) for a in group.axes} for group in structure.groups]


def test_a_perceptrons_hidden_layers_are_its_groups():
    assert axes_of(MLP([4, 3, 2, 5])) == [
        {("layers.0.weight", 0), ("layers.0.bias", 0), ("layers.1.weight", 1)},
        {("layers.1.weight", 0), ("layers.1.bias", 0), ("layers.2.weight", 1)},
    ]


def test_a_residual_sum_ties_every_layer_that_writes_to_it():
    def norm(name):
        parts = ("weight", "bias", "running_mean", "running_var")
        return {(f"{name}.{part}", 0) for part in parts}

    stream, first, second, out = axes_of(ResidualNet((4, 6)))
    block = "blocks.0."
    assert first == {(f"{block}conv1.weight", 0), (f"{block}conv2.weight", 1)} | norm(
        f"{block}norm1"
    )
    assert stream == {
        ("stem.weight", 0),
        (f"{block}conv1.weight", 1),
        (f"{block}conv2.weight", 0),
        ("blocks.1.conv1.weight", 1),
        ("blocks.1.shortcut.weight", 1),
    } | norm("norm") | norm(f"{block}norm2")
    assert len(second) == 6
    assert out == {
        ("blocks.1.conv2.weight", 0),
        ("blocks.1.shortcut.weight", 0),
        ("head.weight", 1),
    } | norm("blocks.1.norm2") | norm("blocks.1.norm3")


def test_a_flattened_channel_is_a_block_of_the_next_layers_inputs():
    structure = read_structure(FlatConv(), FlatConv().state_dict())
    assert Axis("hidden.weight", 1, block=16) in structure.groups[0].axes
    assert [group.size for group in structure.groups] == [5, 7]


def test_layers_that_no_batch_norm_follows_are_told_but_for_the_last():
    flat, residual = FlatConv(), ResidualNet((4, 6))
    assert read_structure(flat, flat.state_dict()).bare == ("conv", "hidden")
    assert read_structure(residual, residual.state_dict()).bare == ()
    assert len(read_structure(residual, residual.state_dict()).norms) == 6


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 999))
def test_another_order_of_channels_is_the_same_function(make, seed):
    model, state, groups, orders, moved = planted(make, seed)
    assert groups
    assert any(not torch.equal(order, torch.arange(len(order))) for order in orders)
    torch.testing.assert_close(answers(model, moved), answers(model, state), rtol=1e-4, atol=1e-4)


def test_what_isnt_understood_stays_where_it_is():
    # Attention and the cut into patches: only the hidden layers between `up` and `down` may move.
    model = VisionTransformer(3, size=8, patch=4, width=8, depth=2, heads=2, hidden=12).eval()
    state = random_state(model, 0)
    groups = read_structure(model, state).groups
    assert [group.size for group in groups] == [12, 12]
    moved = permute(state, groups, [torch.arange(11, -1, -1)] * 2)
    torch.testing.assert_close(answers(model, moved), answers(model, state), rtol=1e-4, atol=1e-4)


def test_channels_that_a_frozen_layer_reads_stay_where_they_are():
    model = MLP([4, 3, 2, 5])
    state = {n: t for n, t in model.state_dict().items() if not n.startswith("layers.2.")}
    groups = read_structure(model, state).groups
    assert [{a.name for a in group.axes} for group in groups] == [
        {"layers.0.weight", "layers.0.bias", "layers.1.weight"}
    ]


class Branching(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


def test_a_network_that_branches_on_values_is_refused_by_name():
    with pytest.raises(ContractError, match="Branching can't be traced"):
        read_structure(Branching(), {})
