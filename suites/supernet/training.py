"""The loop that most supernets share: steps of some paths, their gradients summed, one update.

Here: `train`, from a share of the budget to another. A step that doesn't fit ends it, so that a
method spends what it has and no more. Not here: which paths (the methods), what a step costs
(suites.supernet.problem), the rate of an update (suites.supernet.optimiser).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from torch import Tensor

from suites.supernet.network import Architecture, Normalise, batch_statistics
from suites.supernet.optimiser import Optimiser, add
from suites.supernet.problem import SupernetProblem

Paths = Callable[[], Iterable[Architecture]]
"""The architectures that the next step trains."""


def train(
    problem: SupernetProblem,
    weights: dict[str, Tensor],
    paths: Paths,
    *,
    upto: float = 1.0,
    optimiser: Optimiser | None = None,
    fall: tuple[float, float] = (0.0, 1.0),
    normalise: Normalise = batch_statistics,
) -> None:
    """Train weights in place: each step some paths on one batch, gradients summed, one update.

    Args:
        problem: gives batches, and charges.
        weights: the supernet's, by name.
        paths: of the next step.
        upto: the share of the budget at which it ends.
        optimiser: goes on from an earlier phase; by default a fresh one.
        fall: which part of the rate's fall this is; all of it, so that it ends at 0.
        normalise: which statistics BatchNorm uses.
    """
    optimiser = optimiser or Optimiser(weights, problem.updates)
    for images, labels, share in steps(problem, upto):
        architectures = list(paths())
        if not problem.affords(sum(map(problem.cost, architectures)), upto):
            return
        total: dict[str, Tensor] = {}
        for architecture in architectures:
            step = problem.step(weights, architecture, images, labels, normalise)
            add(total, step.gradients)
        update(problem, optimiser, total, fall[0] + share * (fall[1] - fall[0]))


def steps(problem: SupernetProblem, upto: float = 1.0) -> Iterator[tuple[Tensor, Tensor, float]]:
    """Batches, and the share of this phase that is done, until the budget's share is spent."""
    start = problem.progress
    for images, labels in problem.batches():
        if problem.progress >= upto:
            return
        yield images, labels, (problem.progress - start) / (upto - start)


def update(
    problem: SupernetProblem, optimiser: Optimiser, gradients: dict[str, Tensor], share: float
) -> None:
    """One update, charged by its formula."""
    problem.charge_update(gradients)
    with problem.uncounted():
        optimiser.update(gradients, share)
