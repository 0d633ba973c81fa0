"""HyperShot: a classifier of kernel rows, generated from the support set's kernel matrix.

z_k = mean embedding of class k's examples,  k(a, b) = 1 - cos(a, b),
theta = H(K) with K = (k(z_i, z_j)), one perceptron for each tensor of the target,
p(. | x) = target_theta(k(f(x), z_1), ..., k(f(x), z_C)): two layers with ReLU.

As in the authors' code, the support set's means are classified too in training, a class's
embeddings are averaged, which lets one network serve any number of shots, and the kernel is the
cosine distance. The target, the perceptrons' hidden layers and the embedding have 64 units; the
embedding has two layers where the paper has four convolutions. Shots may come in any order; K is
read as a vector, so another order of the classes gives another classifier.

Source: Sendera et al., "HyperShot: Few-Shot Learning by Kernel HyperNetworks" (2022),
https://arxiv.org/abs/2203.11378, section 3.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from bench import method
from suites.common.networks import Linear
from suites.common.trainer import cross_entropy
from suites.hypernet.fewshot.episodes import Embedding
from suites.hypernet.layers import initialise_torch
from suites.hypernet.problem import Batch, HypernetProblem, Support
from suites.hypernet.target import Target


class HyperShot(nn.Module):
    """Support sets -> classifiers of kernel rows."""

    def __init__(self, support: Support, hidden: int) -> None:
        super().__init__()
        self.support = support
        self.target = Target((round_up(support.ways), hidden, support.ways))
        self.embedding = Embedding(support.features, hidden, hidden)
        self.heads = nn.ModuleList(
            nn.Sequential(
                Linear(round_up(support.ways**2), hidden), nn.ReLU(), Linear(hidden, size)
            )
            for size in self.target.sizes
        )

    def logits(self, conditions: Tensor, inputs: Tensor, masks: Tensor | None) -> Tensor:
        """Queries (n, examples, features) -> (n, examples, ways)."""
        means = self.embedding.prototypes(conditions, self.support)
        return self._classified(means, self.embedding(inputs))

    def loss(self, batch: Batch) -> Tensor:
        """Cross-entropy of the queries and of the support set's means."""
        means = self.embedding.prototypes(batch.conditions, self.support)
        asked = torch.cat([self.embedding(batch.inputs), means], dim=1)
        count = asked.shape[1]
        asked = F.pad(asked, (0, 0, 0, round_up(count) - count))
        classes = torch.arange(self.support.ways).expand(len(means), -1)
        labels = torch.cat([batch.labels, classes], dim=1)
        return cross_entropy(self._classified(means, asked)[:, :count], labels)

    def _classified(self, means: Tensor, embeddings: Tensor) -> Tensor:
        kernel = padded(distance(means, means).flatten(1))  # (n, ways * ways)
        theta = self.target.split(torch.cat([head(kernel) for head in self.heads], dim=1))
        return self.target.logits(theta, padded(distance(embeddings, means)))


def round_up(count: int) -> int:
    """The next multiple of 4: such shapes give the same digits stacked as alone."""
    return -(-count // 4) * 4


def padded(x: Tensor) -> Tensor:
    """Zeros behind the last dimension, up to a multiple of 4."""
    return F.pad(x, (0, round_up(x.shape[-1]) - x.shape[-1]))


def distance(a: Tensor, b: Tensor) -> Tensor:
    """1 - cos: shapes (n, i, size) and (n, j, size) -> (n, i, j)."""
    return 1 - F.normalize(a, dim=-1) @ F.normalize(b, dim=-1).mT


@method(
    name="hypershot",
    title="HyperShot",
    paper=(
        "HyperShot: Few-Shot Learning by Kernel HyperNetworks",
        2022,
        "https://arxiv.org/abs/2203.11378",
    ),
    needs=["condition", "room", "support"],
    traits=["smaller"],
    params={"hidden": 64},
)
def hypershot(problem: HypernetProblem, *, hidden: int) -> HyperShot:
    """Build the embedding and one perceptron for each tensor of the target.

    Args:
        hidden: units of every hidden layer, fewer where the cap is lower.
    """
    network = HyperShot(problem.support, hidden)
    while hidden > 4 and sum(p.numel() for p in network.parameters()) > problem.cap:
        hidden -= 4
        network = HyperShot(problem.support, hidden)
    initialise_torch(network, problem.generator)
    return network
