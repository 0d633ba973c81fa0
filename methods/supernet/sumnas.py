"""SUMNAS: learn weights from which each path trains well, not weights that fit the last path.

Each step draws n paths with every choice of each place once, as FairNAS does, on one batch. From
the shared weights w each path trains on its own for 2 steps of SGD, to w_i, and then

    w <- w - rate * mean over i of (w - w_i)

(SUMNAS, after Reptile). The inner SGD starts without momentum for each path; in the baseline of
PA&DA (github.com/ShunLu91/PA-DA, train_baselines_201.py), where the settings are from, one inner
optimiser serves all paths, and a path's first step moves along what the path before had learnt.
Settings: inner rate .05, momentum .9, clipping at 5; outer SGD at 1.0, decay 4e-5. Where a task
trains with AdamW, the outer update is AdamW's, with the mean above in place of the gradient.
An architecture is scored by its path's validation loss with w, without inner steps.
"""

from collections.abc import Mapping

from torch import Tensor

from bench import method
from suites.supernet.network import Architecture
from suites.supernet.optimiser import Optimiser, Updates, add
from suites.supernet.paths import fair
from suites.supernet.problem import Rows, Scorer, SupernetProblem
from suites.supernet.training import steps, update

MARGIN = 1.01
"""Of a step's cost: the differences and the outer update, which `cost` doesn't hold."""

OUTER = Updates(kind="sgd", rate=1.0, decay=4e-5, momentum=0.0, clip=0.0, warm_up=0)
"""As published, for tasks that train with SGD."""


@method(
    name="sumnas",
    title="SUMNAS",
    paper=(
        "SUMNAS: Supernet with Unbiased Meta-Features for Neural Architecture Search",
        2022,
        "https://openreview.net/forum?id=Z8FzvVU6_Kj",
    ),
    needs=["images", "budget", "operators"],
    track="unlabelled",
    params={"inner_steps": 2, "inner_rate": 0.05},
)
def sumnas(problem: SupernetProblem, *, inner_steps: int, inner_rate: float) -> Scorer:
    """Train paths a little each, and move the shared weights towards the mean of their ends."""
    network, generator = problem.network, problem.generator
    inner = Updates(kind="sgd", rate=inner_rate, decay=0.0, momentum=0.9, clip=5.0, warm_up=0)
    weights = network.weights(generator)
    outer = Optimiser(weights, OUTER if problem.updates.kind == "sgd" else problem.updates)
    for images, labels, share in steps(problem):
        paths = fair(network.space, generator)
        if not problem.affords(MARGIN * inner_steps * sum(map(problem.cost, paths))):
            break
        mean: dict[str, Tensor] = {}
        for path in paths:
            reached = trained(problem, weights, path, (images, labels), inner, inner_steps)
            add(mean, {name: weights[name] - end for name, end in reached.items()}, 1 / len(paths))
        update(problem, outer, mean, share)

    def scorer(architectures: Rows) -> object:
        return -problem.losses(weights, architectures)

    return scorer


def trained(
    problem: SupernetProblem,
    weights: Mapping[str, Tensor],
    path: Architecture,
    batch: tuple[Tensor, Tensor],
    settings: Updates,
    count: int,
) -> dict[str, Tensor]:
    """Where a path's weights get to in some steps on one batch, from rest; `weights` stay.

    Args:
        batch: images and labels.
        settings: of the inner updates, at a constant rate.
        count: of steps.
    """
    own = {name: weights[name].clone() for name in problem.network.used(path)}
    optimiser = Optimiser(own, settings)
    for _ in range(count):
        update(problem, optimiser, problem.step(own, path, *batch).gradients, 0.0)
    return own
