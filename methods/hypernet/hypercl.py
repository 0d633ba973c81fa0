"""hypercl: a new task may not change what the hypernetwork gives for earlier ones.

    loss = CE + beta / (T - 1) sum_{j < T} |h(e_j) - h*(e_j)|^2

with h* the hypernetwork before task T and e_j the tasks' trained embeddings; earlier ones stay as
they were. Layers start as torch's own, embeddings N(0, 1).

Source: von Oswald, Henning, Grewe and Sacramento, "Continual learning with hypernetworks" (2019),
https://arxiv.org/abs/1906.00695, equation 2 without its lookahead: the authors' package hypnettorch
takes h at the present parameters in its example of the method, their first code at those after the
next step on CE alone. beta .01 is the default of both, and theirs for SplitMNIST (.1 for
PermutedMNIST); the embedding's 24 numbers are those of PermutedMNIST-10.
"""

from __future__ import annotations

from torch import Tensor

from bench import method
from suites.common.trainer import cross_entropy
from suites.hypernet.continual.embedded import Embedded, initialise_embedded
from suites.hypernet.problem import Batch, HypernetProblem


@method(
    name="hypercl",
    title="hypercl, no lookahead",
    paper=(
        "Continual learning with hypernetworks",
        2019,
        "https://arxiv.org/abs/1906.00695",
    ),
    needs=["condition", "room", "sequence"],
    params={"beta": 0.01, "embedding": 24},
)
def hypercl(problem: HypernetProblem, *, beta: float, embedding: int) -> Embedded:
    """Build a hypernetwork with task embeddings whose loss holds earlier outputs in place."""
    network = Held(problem, embedding, beta)
    initialise_embedded(network, problem.generator)
    return network


class Held(Embedded):
    """The embedded hypernetwork with hypercl's loss."""

    def __init__(self, problem: HypernetProblem, width: int, beta: float) -> None:
        super().__init__(problem, width)
        self.beta = beta

    def loss(self, batch: Batch) -> Tensor:
        """Cross-entropy of the present task, and how far the outputs of earlier ones moved."""
        scores = self.target.logits(self(batch.conditions), batch.inputs)
        loss = cross_entropy(scores, batch.labels)
        if batch.stage:
            loss = loss + self.beta * self.moved(batch.memory["theta"])
        return loss
