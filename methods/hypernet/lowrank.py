"""Low rank: W = W_0 + B(c) A(c) for every weight matrix of the target, b = b_0 + b(c).

One plain hypernetwork gives A, B and b of all layers. The head of B and b starts at 0, so training
starts at the target's own initialisation W_0, which is trained too; A starts as LoRA's, uniform in
+-1 / sqrt(fan-in), at every condition. All matrices have one rank (at most their full one), the
highest that the cap allows.

Without a condition A, B and b are trained as they are and W_0 stays at what a seed gives again, as
in LoRA, so that it needn't be stored; where the cap has no room for b, it is 0.

Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (2021), section 4.1,
https://arxiv.org/abs/2106.09685; here the factors depend on the condition.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn

from bench import method
from suites.common.networks import Linear
from suites.hypernet.compress.lowrank import Ranks, choose_ranks
from suites.hypernet.layers import Hidden, initialise_torch
from suites.hypernet.problem import HypernetProblem
from suites.hypernet.target import Target


@method(
    name="lowrank",
    title="Low rank, generated",
    paper=(
        "LoRA: Low-Rank Adaptation of Large Language Models",
        2021,
        "https://arxiv.org/abs/2106.09685",
    ),
    traits=["smaller"],
)
def lowrank(problem: HypernetProblem) -> nn.Module:
    """Build factors of the highest rank that the cap allows."""
    ranks = choose_ranks(problem)
    if problem.conditions.size:
        return Generated(problem, ranks)
    return Stored(problem.target, ranks, problem.generator)


class Generated(nn.Module):
    """W_0 + B(c) A(c), the factors from one hypernetwork with two heads."""

    def __init__(self, problem: HypernetProblem, ranks: Ranks) -> None:
        super().__init__()
        self.ranks = ranks
        self.hidden = Hidden((problem.conditions.size, *problem.hidden))
        self.right = Linear(problem.hidden[-1], ranks.right)
        self.left = Linear(problem.hidden[-1], ranks.left)
        self.initial = nn.Parameter(problem.target.initial(problem.generator))
        initialise_torch(self, problem.generator)
        with torch.no_grad():
            self.right.bias.copy_(ranks.start(problem.generator))
            self.left.weight.zero_()
            self.left.bias.zero_()

    def forward(self, conditions: Tensor) -> dict[str, Tensor]:
        """Shape (n, size) -> parameter name -> (n, *shape)."""
        h = self.hidden(conditions)
        return self.ranks.add(self.initial, self.right(h), self.left(h))


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
