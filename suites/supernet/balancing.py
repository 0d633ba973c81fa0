"""Several supernets of one space, each architecture drawn to those that it does well in.

Here: which supernet trains an architecture, with chances that starve none, and training them all.
Not here: how many there are (the methods).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from torch import Tensor

from suites.supernet.network import Normalise, batch_statistics
from suites.supernet.normalisation import RunningStatistics
from suites.supernet.optimiser import Optimiser
from suites.supernet.problem import Rows, SupernetProblem
from suites.supernet.training import steps, update

Table = NDArray[np.float64]
"""One number for each architecture and supernet, shape (architectures, supernets)."""

KEPT = 0.95
"""How much of an accuracy stays when a new one is measured."""

SHARPEST = 100.0
"""What accuracies are multiplied by at the end; 1 at first, and linear between, epoch by epoch."""

UNIFORM = 1e-6
"""How far from uniform the supernets' shares may stay: KL(shares || uniform). Published is 1e-4,
which leaves them 3e-3 apart."""

ROUNDS = 10_000
"""Of dividing, at most."""


def chances(accuracies: Table, sharpness: float, marginals: Sequence[Table] = ()) -> Table:
    """The chance of each supernet to be the one that trains an architecture; rows add up to 1.

    softmax(sharpness x accuracies), divided by each of the marginals in turn, with rows brought
    back to 1 after each.

    Args:
        marginals: what `balance` found, each of shape (supernets,).
    """
    shares = softmax(sharpness * accuracies, axis=1)
    for marginal in marginals:
        shares = divided(shares, marginal)
    return shares


def divided(shares: Table, marginal: Table) -> Table:
    """Columns divided by a number each, rows brought back to a sum of 1."""
    quotients = shares / marginal
    return quotients / quotients.sum(1, keepdims=True)


def balance(accuracies: Table, sharpness: float, tolerance: float = UNIFORM) -> list[Table]:
    """Marginals to divide by, so that every supernet is drawn equally often.

    Args:
        tolerance: the largest divergence of the supernets' shares from uniform ones.
    """
    found: list[Table] = []
    shares = chances(accuracies, sharpness)
    while len(found) < ROUNDS:
        marginal = shares.mean(0)
        if (marginal * np.log(marginal * len(marginal))).sum() < tolerance:
            break
        found.append(marginal)
        shares = divided(shares, marginal)
    return found


@dataclass(frozen=True)
class Supernets:
    """Trained supernets, and whose each architecture is.

    Attributes:
        weights: of each supernet, by name.
        statistics: with which each is scored.
        chosen: of each architecture the supernet that it is drawn to most, by its bytes.
    """

    weights: list[dict[str, Tensor]]
    statistics: list[Normalise]
    chosen: dict[bytes, int]

    def losses(self, problem: SupernetProblem, architectures: Rows) -> NDArray[np.float64]:
        """Mean validation loss of each architecture in its supernet, shape (n,)."""
        values = np.empty(len(architectures))
        for i, row in enumerate(architectures):
            net = self.chosen[row.tobytes()]
            values[i] = problem.losses(self.weights[net], row[None], self.statistics[net])[0]
        return values


def train_balanced(problem: SupernetProblem, count: int, running: bool = False) -> Supernets:
    """Train several supernets on uniform architectures, each step the one that is drawn for it.

    After its step the architecture's accuracy on a batch of validation images goes into a table,
    which starts at 1, so that every supernet is tried; `chances` of that table draw the supernet,
    sharpened and balanced anew at each epoch's start.

    Args:
        count: of supernets.
        running: whether BatchNorm keeps running statistics, which all paths of a supernet share,
            and is scored with them; by default a batch is normalised by itself.
    """
    network, random = problem.network, problem.random
    rows = network.space.all()
    kept = [RunningStatistics() for _ in range(count)]
    training: list[Normalise] = [k.training if running else batch_statistics for k in kept]
    scoring: list[Normalise] = list(kept) if running else [batch_statistics] * count
    nets = [network.weights(problem.generator) for _ in range(count)]
    optimisers = [Optimiser(weights, problem.updates) for weights in nets]
    accuracies: Table = np.ones((len(rows), count))
    marginals: list[Table] = []
    sharpness = 1.0
    epoch = len(problem.training) // problem.updates.batch
    for number, (images, labels, share) in enumerate(steps(problem)):
        if number % epoch == 0:
            # What to divide by holds at the sharpness at which it was found, and at no other.
            sharpness = 1 + (SHARPEST - 1) * share
            marginals = balance(accuracies, sharpness)
        row = int(random.integers(len(rows)))
        net = int(random.choice(count, p=chances(accuracies, sharpness, marginals)[row]))
        if not problem.affords(1.5 * problem.cost(rows[row])):  # a pass, and less than half to look
            break
        step = problem.step(nets[net], rows[row], images, labels, training[net])
        update(problem, optimisers[net], step.gradients, share)
        seen = torch.randint(len(problem.validation), labels.shape, generator=problem.generator)
        accuracy = looked_up(problem, nets[net], rows[row], seen, scoring[net])
        accuracies[row, net] = KEPT * accuracies[row, net] + (1 - KEPT) * accuracy
    found = chances(accuracies, SHARPEST, balance(accuracies, SHARPEST)).argmax(1)
    chosen = {row.tobytes(): int(net) for row, net in zip(rows, found, strict=True)}
    return Supernets(nets, scoring, chosen)


def looked_up(
    problem: SupernetProblem,
    weights: dict[str, Tensor],
    row: Rows,
    numbers: Tensor,
    normalise: Normalise,
) -> float:
    """Accuracy on some of the validation images, by their numbers."""
    images, labels = problem.validation.images[numbers], problem.validation.labels[numbers]
    answers = problem.forward(weights, row, images, normalise).argmax(1)
    return float((answers == labels).double().mean())
