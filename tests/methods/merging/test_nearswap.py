"""methods.merging.nearswap, against a case worked out by hand."""

import pytest
import torch

from methods.merging.nearswap import nearswap
from suites.merging.problem import MergingProblem


def merged(step, *experts):
    states = [{"w": torch.tensor(expert)} for expert in experts]
    return nearswap(MergingProblem(torch.nn.Identity(), states), step=step)["w"].tolist()


def test_near_weights_are_swapped_and_far_ones_move_by_the_step():
    # differences .05, 1, 0, -3
    found = merged(0.1, [0.0, 1, 2, 3], [0.05, 2, 2, 0])
    assert found == pytest.approx([0.05, 1.1, 2, 2.9])


def test_further_experts_are_taken_in_turn():
    # 0 -> .1 towards 1 -> 0 towards -1
    assert merged(0.1, [0.0], [1.0], [-1.0]) == pytest.approx([0.0])


def test_it_is_the_interpolation_by_the_threshold_over_the_difference():
    generator = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 50, generator=generator)
    share = (0.3 / (a - b).abs()).clamp(max=1)
    expected = share * b + (1 - share) * a
    assert merged(0.3, a.tolist(), b.tolist()) == pytest.approx(expected.tolist(), abs=1e-6)
