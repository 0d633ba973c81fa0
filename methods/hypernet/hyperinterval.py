"""HyperInterval: a task is an interval of embeddings, and all of it must solve the task.

Around task t's embedding e_t lies an interval of radius eps softmax(rho_t). Its bounds go through
the hypernetwork, which gives an interval of the target's parameters, and with these through the
target, which gives bounds of the logits:

    loss = kappa CE(mu) + (1 - kappa) CE(worst case) + beta / (T - 1) sum_{j < T} |mu_j - mu*_j|^2

with mu the middle of the parameters' interval, which is also the target that is asked, and as the
worst case the lower bound for the true class and the upper one for the others. Over the first half
of a task's steps eps rises from 0, and kappa falls from 1 to .5; e_j and rho_j of earlier tasks
stay as they were. Layers start as torch's own, embeddings N(0, 1), rho constant.

Source: Krukowski et al., "HyperInterval: Hypernetwork approach to training weight interval regions
in continual learning" (2024), https://arxiv.org/abs/2405.15444, and the authors' code, task by task
("non-forced"): eps, beta and the embedding's 24 numbers as there for PermutedMNIST. There kappa
falls by 5e-5 a step and drops to .5 at the half, and beta is divided once more by T - 1. The
universal embedding, the middle of [max lower, min upper] over tasks, is for when a task's number
isn't known; intervals so small around N(0, 1) have no common point, so it isn't asked here.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bench import method
from suites.common.trainer import cross_entropy
from suites.hypernet.continual.embedded import Embedded, initialise_embedded
from suites.hypernet.continual.intervals import (
    Bounds,
    interval_logits,
    middle_of,
    through_hypernetwork,
    worst_case,
)
from suites.hypernet.problem import Batch, HypernetProblem


@method(
    name="hyperinterval",
    title="HyperInterval",
    paper=(
        "HyperInterval: Hypernetwork approach to training weight interval regions in continual "
        "learning",
        2024,
        "https://arxiv.org/abs/2405.15444",
    ),
    needs=["condition", "room", "sequence"],
    params={"epsilon": 0.5, "kappa": 0.5, "beta": 0.01, "embedding": 24},
)
def hyperinterval(
    problem: HypernetProblem, *, epsilon: float, kappa: float, beta: float, embedding: int
) -> Intervals:
    """Build a hypernetwork of intervals of embeddings."""
    network = Intervals(problem, embedding, epsilon, kappa, beta)
    initialise_embedded(network, problem.generator)
    return network


class Intervals(Embedded):
    """The embedded hypernetwork on intervals."""

    def __init__(
        self, problem: HypernetProblem, width: int, epsilon: float, kappa: float, beta: float
    ) -> None:
        super().__init__(problem, width)
        self.rho = nn.Parameter(torch.zeros(problem.conditions.size, width))
        self.epsilon, self.kappa, self.beta = epsilon, kappa, beta

    def forward(self, conditions: Tensor) -> dict[str, Tensor]:
        """The middle of the interval of parameters: (n, tasks) -> name -> (n, *shape)."""
        around = self.around(conditions @ self.embeddings, conditions @ self.rho, 1.0)
        return self.target.split(middle_of(self.network, around))

    def around(self, embeddings: Tensor, rho: Tensor, share: Tensor | float) -> Bounds:
        """The interval around embeddings at that share of eps, all of shape (n, width)."""
        return Bounds(embeddings, share * self.epsilon * rho.softmax(-1))

    def loss(self, batch: Batch) -> Tensor:
        """See the module's docstring."""
        ramp = (2 * batch.progress).clamp(max=1.0)
        around = self.around(batch.conditions @ self.embeddings, batch.conditions @ self.rho, ramp)
        theta = through_hypernetwork(self.network, around)
        middle, logits = interval_logits(self.target, theta, batch.inputs)
        kappa = 1 - (1 - self.kappa) * ramp
        worst = cross_entropy(worst_case(logits, batch.labels), batch.labels)
        loss = kappa * cross_entropy(middle, batch.labels) + (1 - kappa) * worst
        if batch.stage:
            loss = loss + self.beta * self.moved(batch.memory["theta"])
        return loss

    def keep(self, stage: int) -> dict[str, Tensor]:
        """The middles of the tasks up to this stage, shape (stage + 1, weights)."""
        return {"theta": self.middles(self.embeddings[: stage + 1], self.rho[: stage + 1])}

    def moved(self, kept: Tensor) -> Tensor:
        """Mean over earlier tasks of the middle's squared change; only the hypernetwork is held."""
        embeddings, rho = (t[: len(kept)].detach() for t in (self.embeddings, self.rho))
        return (self.middles(embeddings, rho) - kept).square().sum(-1).mean()

    def middles(self, embeddings: Tensor, rho: Tensor) -> Tensor:
        """Middles of the parameters' intervals: (n, width) each -> (n, weights)."""
        return middle_of(self.network, self.around(embeddings, rho, 1.0))
