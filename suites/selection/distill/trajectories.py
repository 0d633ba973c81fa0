"""Trainings on real images, and how near a few steps on made images come to where they lead.

Here: experts, the unrolled steps, the distance. Not here: what is learnt by it
(methods/selection/mtt.py, datm.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from suites.selection.distill.matching import Descent
from suites.selection.distill.problem import DistillProblem, Made
from suites.selection.networks import Network
from suites.selection.training import Examples, Recipe, batch_loss, batches, steps_of


def experts(
    problem: DistillProblem, count: int, epochs: float, points: int, recipe: Recipe
) -> Tensor:
    """Weights along some trainings on the pool, shape (count, points + 1, size); the start first.

    Args:
        points: how many weights after the start are kept, equally far apart in steps.
    """
    pool = Examples(problem.images, problem.labels)
    steps = steps_of(epochs * len(pool), len(pool), recipe.batch)
    at = {round(steps * point / points): point for point in range(1, points + 1)}
    kept = torch.empty(count, points + 1, problem.network.size)
    for course in kept:
        course[0] = problem.network.start(problem.generator)

        def keep(step: int, weights: Tensor, course: Tensor = course) -> None:
            if step in at:
                course[at[step]] = weights

        problem.train(pool, epochs, start=course[0].clone(), recipe=recipe, each=keep)
    return kept


def unrolled(
    network: Network,
    start: Tensor,
    batches: Iterable[Examples],
    rate: Tensor,
    augment: Callable[[], Callable[[Tensor], Tensor]],
) -> Tensor:
    """Weights after a step of gradient descent on each batch, differentiable by all that it takes.

    Args:
        start: shape (size,).
        batches: images and labels that a gradient may be asked of.
        rate: a scalar.
        augment: draws what one step's images go through.
    """
    weights = start.detach().requires_grad_()
    for batch in batches:
        loss = batch_loss(network.logits(weights, augment()(batch.images)), batch)
        (gradient,) = torch.autograd.grad(loss, weights, create_graph=True)
        weights = weights - rate * gradient
    return weights


def distance(reached: Tensor, start: Tensor, target: Tensor) -> Tensor:
    """|reached - target|^2 / |start - target|^2: 1 where nothing was gained, 0 at the target."""
    return (reached - target).square().sum() / (start - target).square().sum()


@dataclass(frozen=True)
class Matching:
    """How made images are fitted to trajectories.

    Attributes:
        iterations: updates of what is made.
        steps: on made images in each, N.
        ahead: how many points after its start the target lies, M.
        batch: made images a step.
        rate: that the steps begin with; it is learnt.
        image_rate, label_rate, log_rate: of SGD on pixels, labels' logits and log(rate).
    """

    iterations: int
    steps: int
    ahead: int
    batch: int
    rate: float
    image_rate: float
    label_rate: float
    log_rate: float


def matched(
    problem: DistillProblem,
    courses: Tensor,
    images: Tensor,
    logits: Tensor | None,
    how: Matching,
    latest: Callable[[float], int],
    augment: Callable[[], Callable[[Tensor], Tensor]],
) -> Made:
    """Images, and labels where logits of them are given, that lead along the courses.

    Each iteration draws an expert and a point of its course to start from.

    Args:
        courses: as of `experts`.
        images: to begin with, in the order of `problem.made_labels`.
        logits: of soft labels to begin with, shape (n, classes); None for the classes, not learnt.
        latest: from the share of iterations that is done to the last point that may be drawn.
        augment: draws what one step's images go through.
    """
    draws, made_labels = problem.generator, problem.made_labels
    learnt = [images.clone(), torch.tensor(how.rate).log()]
    optimisers = [Descent(learnt[0], how.image_rate, 0.5), Descent(learnt[1], how.log_rate, 0.5)]
    if logits is not None:
        learnt.append(logits.clone())
        optimisers.append(Descent(learnt[2], how.label_rate, 0.9))
    for iteration in range(how.iterations):
        course = courses[int(torch.randint(len(courses), (), generator=draws))]
        last = min(latest(iteration / how.iterations), len(course) - 1 - how.ahead)
        first = int(torch.randint(last + 1, (), generator=draws))
        start, target = course[first], course[first + how.ahead]
        leaves = [tensor.detach().requires_grad_() for tensor in learnt]
        labels = made_labels if logits is None else leaves[2].softmax(1)
        made = Examples(leaves[0], labels)
        rows = islice(batches(len(images), how.batch, draws), how.steps)
        reached = unrolled(
            problem.network,
            start,
            (made.rows(numbers) for numbers in rows),
            leaves[1].exp(),
            augment,
        )
        gradients = torch.autograd.grad(distance(reached, start, target), leaves)
        for optimiser, gradient in zip(optimisers, gradients, strict=True):
            optimiser.step(gradient)
    labels = made_labels if logits is None else learnt[2].softmax(1)
    return Made(learnt[0], labels, rate=float(learnt[1].exp()))


def as_it_is() -> Callable[[Tensor], Tensor]:
    """No augmentation."""
    return lambda images: images
