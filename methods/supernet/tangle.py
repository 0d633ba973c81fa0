"""TangleNAS: one network whose weights are mixtures of all choices' parts of them.

At each block, with shares of kernels b_k and widths b_c,

    W = sum over k, c of b_k b_c pad(W[:c], k)

where pad(W[:c], k) is the part of the largest kernel that choice (k, c) uses, zeros elsewhere; the
block's branch is taken times the share of not being the identity. Shares are drawn anew each step,
b ~ Dirichlet(elu(a) + 1) (DrNAS), and a step is two passes of the largest network: one on one half
of the training images for the scores a (Adam, rate 3e-4, decay 1e-3), one on the other half for the
weights. Nothing is ranked by a path's loss: an architecture scores

    sum over blocks of log of the mean of its shares, each times the number of its alternatives

so that before training all architectures score 0 (TangleNAS, and github.com/automl/TangleNAS,
optimizers/). The paper picks the largest share at each place and trains that architecture alone; to
rank by shares is what is done with them here. There whole stages vary in depth; here each block has
an identity, and what it adds is taken times the share of not being it.
"""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Generator, Tensor, autograd
from torch.distributions import Dirichlet

from bench import method
from suites.supernet.network import Network, Weights, batch_statistics
from suites.supernet.optimiser import Optimiser
from suites.supernet.problem import Rows, Scorer, SupernetProblem
from suites.supernet.training import update

START = 1e-3
"""Standard deviation of the scores a at first."""

BETAS = (0.5, 0.999)
"""Adam's, for the scores."""

MARGIN = 1.2
"""How much more the first turn may cost than two passes: mixing, and the draws."""


@method(
    name="tangle",
    title="TangleNAS (ranked by shares)",
    paper=(
        "Weight-Entanglement Meets Gradient-Based Neural Architecture Search",
        2023,
        "https://arxiv.org/abs/2312.10440",
    ),
    needs=["images", "budget", "nested"],
    track="unlabelled",
    params={"score_rate": 3e-4, "score_decay": 1e-3},
)
def tangle(problem: SupernetProblem, *, score_rate: float, score_decay: float) -> Scorer:
    """Train weights and shares by turns; rank by the shares."""
    network, half = problem.network, len(problem.training) // 2
    weights = network.weights(problem.generator)
    optimiser = Optimiser(weights, problem.updates)
    scores = Scores(network, problem.generator)
    adam = torch.optim.Adam(scores.leaves, score_rate, betas=BETAS, weight_decay=score_decay)
    first, second = problem.batches(slice(half)), problem.batches(slice(half, None))
    turn = 2 * MARGIN * problem.cost(network.largest)
    while problem.affords(turn):
        before = problem.progress
        loss = mixed_loss(network, weights, scores, *next(second))
        for leaf, grad in zip(scores.leaves, autograd.grad(loss, scores.leaves), strict=True):
            leaf.grad = grad
        adam.step()
        leaves = {name: weight.detach().requires_grad_() for name, weight in weights.items()}
        loss = mixed_loss(network, leaves, scores, *next(first))
        gradients = autograd.grad(loss, list(leaves.values()))
        update(problem, optimiser, dict(zip(leaves, gradients, strict=True)), before)
        turn = 1.01 * (problem.progress - before) * problem.passes
    table = scores.table()

    def scorer(architectures: Rows) -> object:
        places = np.arange(network.space.places)
        return table[places, architectures].sum(1)

    return scorer


class Scores:
    """The scores of each block: of being there, of kernels, of widths.

    Attributes:
        leaves: shapes (blocks, 2), (blocks, kernels), (blocks, widths); of the first the identity
            is 0.
        kernels, widths: in ascending order.
        squares: which numbers of the largest kernel each kernel has, shape (kernels, side, side).
        channels: which inner channels each width has, shape (widths, channels).
    """

    def __init__(self, network: Network, generator: Generator) -> None:
        self.options, blocks = network.space.options, network.space.places
        self.kernels = sorted({kernel for kernel, _ in self.options})
        self.widths = sorted({width for _, width in self.options})
        self.leaves = [
            (START * torch.randn(blocks, count, generator=generator)).requires_grad_()
            for count in (2, len(self.kernels), len(self.widths))
        ]
        largest = self.kernels[-1]
        edges = [(largest - kernel) // 2 for kernel in self.kernels]
        pairs = zip(self.kernels, edges, strict=True)
        self.squares = torch.stack([F.pad(torch.ones(k, k), (edge,) * 4) for k, edge in pairs])
        numbers = torch.arange(self.widths[-1])
        self.channels = (numbers < torch.tensor(self.widths)[:, None]).float()

    def draw(self) -> list[Tensor]:
        """Shares of the leaves' shapes, each row adding up to 1."""
        return [Dirichlet(F.elu(a) + 1, validate_args=False).rsample() for a in self.leaves]

    def table(self) -> NDArray[np.float64]:
        """What a choice adds to an architecture's score, shape (places, choices)."""
        means = [(F.elu(a) + 1).detach().double() for a in self.leaves]
        there, kernels, widths = ((m / m.mean(1, keepdim=True)).log().numpy() for m in means)
        chosen = [
            there[:, 1] + kernels[:, self.kernels.index(k)] + widths[:, self.widths.index(w)]
            for k, w in self.options
        ]
        return np.stack([there[:, 0], *chosen], axis=1)


def mixed_loss(
    network: Network, weights: Weights, scores: Scores, images: Tensor, labels: Tensor
) -> Tensor:
    """The loss of the largest network with weights mixed by shares that are drawn now."""
    there, kernels, widths = scores.draw()
    mixed = dict(weights)
    for block, choice in enumerate(network.largest or ()):
        into, out = network.weights_of(block, choice)
        channels = widths[block] @ scores.channels
        square = torch.tensordot(kernels[block], scores.squares, 1)
        mixed[into] = weights[into] * channels[:, None, None, None] * square
        mixed[out] = weights[out] * channels[:, None, None]

    def normalise(name: str, x: Tensor) -> Tensor:
        block, _, part = name.partition("/")
        y = batch_statistics(name, x)
        return y * there[int(block), 1] if part.startswith("out/") else y

    return F.cross_entropy(network.forward(mixed, network.largest, images, normalise), labels)
