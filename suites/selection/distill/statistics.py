"""Images that a teacher takes for a class, and whose statistics its BatchNorms have seen before.

Here: the loss, the loop that SRe2L and its successors share, and labels by the teacher. Not here:
what they differ in (methods/selection), the teacher (suites.selection.distill.teacher), crops
(suites.selection.distill.crops).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import cos, pi

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from suites.selection.distill.pixels import Adam
from suites.selection.distill.problem import DistillProblem, Made
from suites.selection.distill.teacher import Statistics, Teacher

View = Callable[[Tensor, float], Tensor]
"""From images and the share of steps that is done to the images that the teacher sees."""

RATE, BETA_1, BETA_2 = 0.25, 0.5, 0.9
"""Of Adam on pixels; the rate falls to 0 along a cosine."""

WEIGHT, FIRST = 0.01, 10.0
"""Of statistics in the loss, and of the first BatchNorm's among them."""


def strangeness(
    seen: Sequence[Statistics], running: Sequence[Statistics], variance: float = 1.0
) -> Tensor:
    """How far a batch's statistics are from the running ones: a scalar.

    sum_l w_l (|mean_l - running mean_l| + `variance` |var_l - running var_l|), with Euclidean norms
    over channels and w = 10, 1, 1, …
    """
    total = torch.zeros(())
    for number, (batch, known) in enumerate(zip(seen, running, strict=True)):
        means = torch.linalg.vector_norm(batch.mean - known.mean)
        variances = torch.linalg.vector_norm(batch.variance - known.variance)
        total = total + (FIRST if number == 0 else 1.0) * (means + variance * variances)
    return total


def shifted(images: Tensor, most: int, generator: Generator) -> Tensor:
    """All images rolled by the same whole number of pixels, at most so many each way."""
    down, right = torch.randint(-most, most + 1, (2,), generator=generator).tolist()
    return torch.roll(images, (down, right), (2, 3))


def recovered(
    problem: DistillProblem,
    start: Tensor,
    view: View,
    *,
    steps: int,
    variance: float = 1.0,
    adjust: Callable[[Teacher, Tensor, Tensor], Teacher] | None = None,
) -> Made:
    """Images that minimise the teacher's cross-entropy and their strangeness, labelled by it.

    One image of each class at a time makes a batch, as in the authors' code.

    Args:
        start: in the order of `problem.made_labels`, shape (n, channels, side, side).
        view: what the teacher sees at a step.
        steps: of each batch.
        variance: weight of variances among the statistics.
        adjust: from the teacher, a batch as it is first seen, and its labels, to the teacher that
            the batch is fitted to.
    """
    images = start.clone()
    labels, first = torch.arange(problem.classes), torch.arange(problem.classes)
    for number in range(problem.per_class):
        rows = first * problem.per_class + number
        teacher, batch = problem.teacher, images[rows]
        if adjust is not None:
            teacher = adjust(teacher, view(batch, 0.0), labels)
        images[rows] = _fitted(problem, teacher, batch, labels, view, steps, variance)
    return relabelled(problem, images)


def _fitted(
    problem: DistillProblem,
    teacher: Teacher,
    images: Tensor,
    labels: Tensor,
    view: View,
    steps: int,
    variance: float,
) -> Tensor:
    """A batch after so many steps of Adam on the loss."""
    images = images.clone()
    optimiser = Adam(images, RATE, BETA_1, BETA_2)
    for step in range(steps):
        share = step / steps
        leaf = images.detach().requires_grad_()
        logits, seen = teacher.outputs(view(leaf, share))
        loss = F.cross_entropy(logits, labels)
        loss = loss + WEIGHT * strangeness(seen, teacher.running, variance)
        optimiser.step(torch.autograd.grad(loss, leaf)[0], 0.5 * (1 + cos(pi * share)))
        images.clamp_(problem.lowest, problem.highest)
    return images


def relabelled(problem: DistillProblem, images: Tensor) -> Made:
    """Images with the probabilities that the teacher gives them, at temperature 1."""
    with torch.no_grad():
        return Made(images, problem.teacher.logits(images).softmax(1))
