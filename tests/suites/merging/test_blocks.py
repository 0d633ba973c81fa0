"""suites.merging.blocks: what is a block, in which order, and what it is called with."""

import pytest
import torch
from torch import nn

from suites.common.networks import VisionTransformer
from suites.merging.blocks import between, blocks, call_of, perceptrons, run_block
from suites.merging.eight.network import FoldedEfficientNet
from tests.methods.merging.kinds import Everything


class Late(nn.Module):
    """Linear layers that are called in another order than they are declared, one of them never."""

    def __init__(self):
        super().__init__()
        self.second, self.first, self.never = (nn.Linear(2, 2) for _ in range(3))

    def forward(self, x):
        return self.second(self.first(x))


def state_of(model, but="head"):
    return {n: p.detach() for n, p in model.named_parameters() if not n.startswith(but)}


def test_a_transformers_layers_are_blocks():
    model = VisionTransformer(4, size=8, patch=4, width=16, depth=2, heads=2, hidden=32)
    names = blocks(model, state_of(model), torch.randn(1, 8, 8))
    assert names == ["embed", "blocks.0", "blocks.1"]  # the head isn't in the state


def test_an_efficientnets_blocks_and_the_layer_after_them():
    shapes = [
        {"inputs": 4, "expanded": 4, "outputs": 4, "kernel": 3, "stride": 1},
        {"inputs": 4, "expanded": 8, "outputs": 6, "kernel": 3, "stride": 2},
    ]
    model = FoldedEfficientNet(shapes, 4, 5)
    for parameter in model.parameters():
        nn.init.normal_(parameter)
    names = blocks(model, state_of(model), torch.randn(1, 8, 8))
    assert names == ["blocks.0", "blocks.1", "last"]


def test_blocks_come_in_the_order_of_their_calls():
    model = Late()
    assert blocks(model, state_of(model), torch.randn(1, 2)) == ["first", "second"]


def test_a_network_that_is_a_list_has_its_layers_as_blocks():
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Sequential(nn.Linear(3, 2), nn.ReLU()))
    assert blocks(model, state_of(model), torch.randn(1, 2)) == ["0", "2"]
    assert between(model, "0", "2") == ["0", "1"]
    assert between(model, "2", "0") is None


def test_a_lone_layer_is_a_block():
    model = Everything()
    state = dict(model.state_dict())
    assert blocks(model.eval(), state, torch.randn(1, 2, 4, 4)) == ["linear"]
    assert between(model, "linear", "linear") is None


def test_a_block_is_called_with_what_came_before_it():
    model = Late()
    x = torch.randn(3, 2)
    arguments, keywords = call_of(model, state_of(model), "second", x)
    assert torch.equal(arguments[0], model.first(x))
    assert keywords == {}
    assert torch.equal(run_block(model, state_of(model), "second", (arguments, {})), model(x))


def test_a_block_that_is_never_called_is_named():
    model = Late()
    with pytest.raises(ValueError, match="calls no never"):
        call_of(model, state_of(model), "never", torch.randn(1, 2))


def test_a_transformers_perceptrons_are_pairs_that_widen_and_narrow():
    model = VisionTransformer(4, size=8, patch=4, width=16, depth=2, heads=2, hidden=32)
    pairs = perceptrons(model, state_of(model), torch.randn(1, 8, 8))
    assert pairs == [(f"blocks.{i}.up", f"blocks.{i}.down") for i in (0, 1)]


def test_an_inverted_bottlenecks_1x1_convolutions_are_such_a_pair():
    shapes = [
        {"inputs": 4, "expanded": 4, "outputs": 4, "kernel": 3, "stride": 1},
        {"inputs": 4, "expanded": 8, "outputs": 6, "kernel": 3, "stride": 2},
    ]
    model = FoldedEfficientNet(shapes, 4, 5)
    for parameter in model.parameters():
        nn.init.normal_(parameter)
    pairs = perceptrons(model, state_of(model), torch.randn(1, 8, 8))
    assert pairs == [("blocks.1.expand", "blocks.1.project")]
