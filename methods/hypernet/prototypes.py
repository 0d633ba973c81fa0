"""Prototypical networks: an embedding f, and the nearest mean of a class's examples.

c_k = mean of f(x) over the support set's examples of class k;  p(k | x) = softmax(-|f(x) - c_k|^2).

f has two layers (64 and 64 units) where the paper has four convolutions. No weights are generated:
it is the baseline that a hypernetwork for few-shot classification has to beat.

Source: Snell, Swersky and Zemel, "Prototypical Networks for Few-shot Learning" (2017),
https://arxiv.org/abs/1703.05175, equations 1 and 2.
"""

from __future__ import annotations

from torch import Tensor, nn

from bench import method
from suites.hypernet.fewshot.episodes import Embedding
from suites.hypernet.layers import initialise_torch
from suites.hypernet.problem import HypernetProblem, Support


class Prototypes(nn.Module):
    """Logits of queries, from their distances to each class's mean embedding."""

    def __init__(self, support: Support, hidden: int, size: int) -> None:
        super().__init__()
        self.support = support
        self.embedding = Embedding(support.features, hidden, size)

    def logits(self, conditions: Tensor, inputs: Tensor, masks: Tensor | None) -> Tensor:
        """Queries (n, examples, features) -> (n, examples, ways)."""
        means = self.embedding.prototypes(conditions, self.support)  # (n, ways, size)
        queries = self.embedding(inputs)  # (n, examples, size)
        return -(queries[:, :, None] - means[:, None]).square().sum(-1)


@method(
    name="prototypes",
    title="Prototypical networks",
    paper=(
        "Prototypical Networks for Few-shot Learning",
        2017,
        "https://arxiv.org/abs/1703.05175",
    ),
    needs=["condition", "support"],
    traits=["smaller"],
    params={"hidden": 64, "size": 64},
)
def prototypes(problem: HypernetProblem, *, hidden: int, size: int) -> Prototypes:
    """Build the embedding."""
    network = Prototypes(problem.support, hidden, size)
    initialise_torch(network, problem.generator)
    return network
