"""A hypernetwork with a trained embedding for each task of a sequence.

Here: the module that the continual methods share: a condition, one-hot, picks a row of a table,
which goes into the plain hypernetwork. What is kept of a finished task, and how far the
hypernetwork has moved from it. Not here: losses (methods/hypernet/hypercl.py and others).
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn

from suites.hypernet.layers import Plain, initialise_torch
from suites.hypernet.problem import HypernetProblem


class Embedded(nn.Module):
    """theta = h(e_j), with h the plain hypernetwork and e_j task j's row of `embeddings`.

    Args:
        problem: of a sequence; its conditions are one-hot.
        width: numbers in an embedding.
    """

    def __init__(self, problem: HypernetProblem, width: int) -> None:
        super().__init__()
        self.target = problem.target
        self.embeddings = nn.Parameter(torch.empty(problem.conditions.size, width))
        self.network = Plain(problem.target, width, problem.hidden)

    def forward(self, conditions: Tensor) -> dict[str, Tensor]:
        """Shape (n, tasks) -> parameter name -> (n, *shape)."""
        return self.network(conditions @ self.embeddings)

    def flat(self, embeddings: Tensor) -> Tensor:
        """All of the target's parameters: shape (n, width) -> (n, weights)."""
        return self.network.head(self.network.hidden(embeddings))

    def keep(self, stage: int) -> dict[str, Tensor]:
        """What the tasks up to this stage have now: `theta`, shape (stage + 1, weights)."""
        return {"theta": self.flat(self.embeddings[: stage + 1])}

    def moved(self, kept: Tensor) -> Tensor:
        """Mean over earlier tasks j of |h(e_j) - h*(e_j)|^2, a scalar.

        Earlier embeddings get no gradient: they are trained in their own stage alone.

        Args:
            kept: h*(e_j), shape (earlier tasks, weights).
        """
        now = self.flat(self.embeddings[: len(kept)].detach())
        return (now - kept).square().sum(-1).mean()


@torch.no_grad()
def initialise_embedded(module: Embedded, generator: Generator) -> None:
    """torch's own initialisation of the layers, embeddings N(0, 1)."""
    initialise_torch(module.network, generator)
    module.embeddings.normal_(generator=generator)
