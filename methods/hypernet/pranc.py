"""PRANC: theta = sum_j a_j theta_j, where only the coefficients a_j are trained and stored.

theta_j are frozen networks that a seed gives again: every weight and bias uniform in +-1 /
sqrt(fan-in), Kaiming's uniform initialisation as the authors draw it. There are as many as the cap
has numbers. At the start a_1 = 1 and the others are 0.

Source: Nooralinejad, Abbasi, Abbasi Koohpayegani, Pourahmadi Meibodi, Khan, Kolouri and Pirsiavash,
"PRANC: Pseudo RAndom Networks for Compacting deep models" (2023), https://arxiv.org/abs/2206.08464,
equation 1; start and frozen networks as in the authors' code.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor, nn

from bench import method
from suites.hypernet.problem import HypernetProblem
from suites.hypernet.target import Target


@method(
    name="pranc",
    title="PRANC",
    paper=(
        "PRANC: Pseudo RAndom Networks for Compacting deep models",
        2023,
        "https://arxiv.org/abs/2206.08464",
    ),
    needs=["one_target"],
    track="compress",
)
def pranc(problem: HypernetProblem) -> Combination:
    """Combine as many frozen networks as the cap has numbers."""
    return Combination(problem.target, problem.cap, problem.generator)


class Combination(nn.Module):
    """A sum of frozen random networks with trained coefficients.

    Args:
        target: the networks' form.
        count: how many there are.
        generator: what they are drawn from.
    """

    alone = True  # a product with the frozen networks sums in another order in a stack
    frozen: Tensor

    def __init__(self, target: Target, count: int, generator: Generator) -> None:
        super().__init__()
        self.target = target
        self.coefficients = nn.Parameter(torch.zeros(count))
        nn.init.ones_(self.coefficients[:1])
        bounds = torch.cat(
            [
                torch.full((size,), 1 / math.sqrt(target.fan_in(name)))
                for name, size in zip(target.shapes, target.sizes, strict=True)
            ]
        )
        draws = 2 * torch.rand(count, target.weights, generator=generator) - 1
        self.register_buffer("frozen", draws * bounds)

    def forward(self, conditions: Tensor) -> dict[str, Tensor]:
        """Shape (n, 0) -> parameter name -> (n, *shape), the same n times."""
        theta = self.coefficients[None] @ self.frozen
        return self.target.split(theta.expand(len(conditions), -1))
