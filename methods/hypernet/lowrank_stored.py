"""Low rank: W = W_0 + B A for every weight matrix of the target, b = b_0 + b'.

A, B and b' are trained and stored; W_0 and b_0 stay at the target's own initialisation, which a
seed gives again, so that they needn't be. B and b' start at 0, A as LoRA's, uniform in
+-1 / sqrt(fan-in). All matrices have one rank (at most their full one), the highest that the cap
allows; where it has no room for b', that is 0.

Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (2021), section 4.1,
https://arxiv.org/abs/2106.09685; there W_0 is pretrained.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn

from bench import method
from suites.hypernet.lowrank import Ranks, choose_ranks
from suites.hypernet.problem import HypernetProblem
from suites.hypernet.target import Target


@method(
    name="lowrank_stored",
    title="Low rank",
    paper=(
        "LoRA: Low-Rank Adaptation of Large Language Models",
        2021,
        "https://arxiv.org/abs/2106.09685",
    ),
    needs=["one_target"],
    track="compress",
    traits=["smaller"],
)
def lowrank_stored(problem: HypernetProblem) -> Stored:
    """Build factors of the highest rank that the cap allows."""
    return Stored(problem.target, choose_ranks(problem), problem.generator)


class Stored(nn.Module):
    """W_0 + B A, the factors trained as they are, W_0 frozen."""

    initial: Tensor

    def __init__(self, target: Target, ranks: Ranks, generator: Generator) -> None:
        super().__init__()
        self.ranks = ranks
        self.register_buffer("initial", target.initial(generator))
        self.right = nn.Parameter(ranks.start(generator))
        self.left = nn.Parameter(torch.zeros(ranks.left))

    def forward(self, conditions: Tensor) -> dict[str, Tensor]:
        """Shape (n, 0) -> parameter name -> (n, *shape), the same n times."""
        n = len(conditions)
        return self.ranks.add(self.initial, self.right.expand(n, -1), self.left.expand(n, -1))
