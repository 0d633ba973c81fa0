"""methods.merging.lines, against a case worked out by hand."""

import pytest
import torch

from methods.merging.lines import block_of, lines
from suites.merging.problem import MergingProblem

NAMES = ("embed.weight", "blocks.0.w", "blocks.1.norm.w", "blocks.2.w", "norm.weight")


def merged(growth, names=NAMES):
    start = {name: torch.zeros(1) for name in names}
    experts = [{name: torch.full((1,), value) for name in names} for value in (1.0, 3.0)]
    problem = MergingProblem(torch.nn.Identity(), experts, pretrained=start)
    return [tensor.item() for tensor in lines(problem, growth=growth).values()]


def test_the_scale_grows_from_block_to_block_and_is_least_outside_them():
    # the sum is 4; alpha = 1/2, and the blocks have 1/2, 1/2 + 1/2, 1/2 + 1
    assert merged(1.0) == pytest.approx([2, 2, 4, 6, 2])


def test_without_growth_it_is_the_average():
    assert merged(0.0) == [2.0] * 5


def test_a_network_without_blocks_is_averaged():
    assert merged(1.0, ("a", "b.weight")) == [2.0, 2.0]


def test_a_block_is_the_first_whole_number_of_a_name():
    assert block_of("vision.layers.11.mlp.2.weight") == 11
    assert block_of("conv1.weight") is None
