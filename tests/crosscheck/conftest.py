"""Problems that both sides merge: a tiny network, and one with larger and oblong matrices."""

from __future__ import annotations

import pytest
import torch
from torch import Generator

from suites.common.networks import VisionTransformer
from suites.common.torchvision_shim import import_torchvision
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem

import_torchvision()  # fusion-bench imports it too, and would fail beside a CPU build of torch
torch.set_num_threads(1)


@pytest.fixture(params=["tiny", "larger"])
def problem(request: pytest.FixtureRequest) -> MergingProblem:
    """Three experts of 4,000 weights, or five of 250,000, moved from one start at random."""
    return tiny_problem(experts=3) if request.param == "tiny" else larger_problem(experts=5)


def larger_problem(experts: int, seed: int = 1) -> MergingProblem:
    """A transformer with matrices of 96 x 96, 256 x 96 and 96 x 256; no examples."""
    generator = Generator().manual_seed(seed)
    model = VisionTransformer(4 * experts, width=96, depth=3, heads=4, hidden=256)
    names = [name for name, _ in model.named_parameters() if not name.startswith("head")]
    start = {
        name: 0.1 * torch.randn(model.get_parameter(name).shape, generator=generator)
        for name in names
    }
    moved = [
        {
            name: tensor + 0.02 * torch.randn(tensor.shape, generator=generator)
            for name, tensor in start.items()
        }
        for _ in range(experts)
    ]
    return MergingProblem(model, moved, pretrained=start)
