"""Low fidelity: every architecture is trained alone, as long as the budget lasts for all of them.

score = - validation loss after as many training images as the budget pays for each, the same in the
same order for all. A short training is the oldest estimate of a long one (Zhou et al. study which
savings keep the ranking); supernets cost as much and must rank better. The recipe is the task's,
shortened as a whole: the rate rises over a twentieth of the steps and falls to 0 with the last.
Batches are the task's too, but smaller where that leaves fewer than `least` steps: one architecture
of a thousand gets some 240 images of 2,000 passes.
"""

from dataclasses import replace
from math import prod

import torch
from torch import Tensor

from bench import method
from suites.supernet.network import Architecture
from suites.supernet.optimiser import Optimiser
from suites.supernet.problem import UPDATE_FLOPS, Rows, Scorer, SupernetProblem
from suites.supernet.training import update

SPARE = 1e-3
"""Of the budget, for drawing weights and batches, which is metered too."""

WARM_UP = 20
"""The rate rises over one in so many steps, as over 10 of the truth's 200."""


@method(
    name="low_fidelity",
    title="Short training",
    paper=(
        "EcoNAS: Finding Proxies for Economical Neural Architecture Search",
        2020,
        "https://arxiv.org/abs/2001.01233",
    ),
    needs=["images", "budget"],
    params={"least": 10},
    track="unlabelled",
)
def low_fidelity(problem: SupernetProblem, *, least: int) -> Scorer:
    """Train each architecture with its share of the budget."""
    batches = share_of_images(problem, least)
    trained = {row.tobytes(): fit(problem, row, batches) for row in problem.architectures}

    def scorer(architectures: Rows) -> object:
        return [-problem.losses(trained[row.tobytes()], row[None])[0] for row in architectures]

    return scorer


def share_of_images(problem: SupernetProblem, least: int) -> list[tuple[Tensor, Tensor]]:
    """The batches that every architecture is trained on: as many as all can afford."""
    network, rows = problem.network, problem.architectures
    image = problem.as_passes(sum(network.step_flops(row, 1) for row in rows))
    weights = sum(prod(shape) for row in rows for shape in network.shapes(row).values())
    step = problem.as_passes(UPDATE_FLOPS * weights)
    passes = problem.passes * (1 - SPARE)
    steps = max(least, int(passes / (problem.updates.batch * image + step)))
    images = int((passes - steps * step) / image)
    steps = min(steps, images)
    count = len(problem.training)
    epochs = [
        torch.randperm(count, generator=problem.generator) for _ in range(-(-images // count))
    ]
    return [problem.batch(numbers) for numbers in torch.cat(epochs)[:images].tensor_split(steps)]


def fit(
    problem: SupernetProblem, row: Architecture, batches: list[tuple[Tensor, Tensor]]
) -> dict[str, Tensor]:
    """An architecture's weights after its short training."""
    weights = problem.network.weights(problem.generator, row)
    settings = replace(problem.updates, warm_up=len(batches) // WARM_UP)
    optimiser = Optimiser(weights, settings)
    for number, (images, labels) in enumerate(batches):
        gradients = problem.step(weights, row, images, labels).gradients
        update(problem, optimiser, gradients, number / len(batches))
    return weights
