"""Makes images whose effect on a network matches the pool's: by gradients, or by mean features.

Here: the distance between two sets' gradients and its own gradient by images, class means, and the
loops of DC and DSA, and of DM. Not here: ridge regression on features
(suites.selection.distill.kernels), augmentations (suites.selection.distill.augmentations).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from suites.selection.distill.problem import DistillProblem
from suites.selection.networks import Network, Parts
from suites.selection.passes import BACKWARD, FORWARD
from suites.selection.training import Examples, Recipe

AUGMENTED = Callable[[Tensor], Tensor]
"""From images to as many others, differentiably: one draw, the same for every batch."""

OUTER = 10
"""Steps of the images on one network, at more than one image a class."""

FLOOR = 1e-6
"""Added to the product of two norms."""


class Descent:
    """Gradient descent with momentum on images, in place: v = momentum v + g, x = x - rate v."""

    def __init__(self, images: Tensor, rate: float, momentum: float = 0.5) -> None:
        self.images, self.rate, self.momentum = images, rate, momentum
        self._velocity = torch.zeros_like(images)

    def step(self, gradient: Tensor) -> None:
        """Change the images by one step."""
        self._velocity.mul_(self.momentum).add_(gradient)
        self.images.sub_(self._velocity, alpha=self.rate)


def class_means(values: Tensor, labels: Tensor, classes: int) -> Tensor:
    """The mean of each class's rows, shape (classes, d); 0 where a class has none.

    Args:
        values: shape (n, d).
        labels: int64, shape (n,).
    """
    members = F.one_hot(labels, classes).to(values.dtype)
    return members.T @ values / members.sum(0).clamp(min=1)[:, None]


def row_distance(made: Parts, real: Parts) -> Tensor:
    """How far two gradients point apart: 1 - cosine, summed over the rows of every weight.

    A row is what one output unit or channel sees. Biases, scales and shifts, which have no rows,
    are left out.

    Args:
        made, real: gradients by name, of equal shapes.
    Source: Zhao et al. (2021), equations 9 and 10, and `distance_wb` of their code.
    """
    total = torch.zeros(())
    for name, gradient in made.items():
        if gradient.dim() > 1:
            one, other = gradient.flatten(1), real[name].flatten(1)
            # Of a row of zeros (a channel that no image excites) the norm's derivative is 0.
            norms = torch.linalg.vector_norm(one, dim=1) * torch.linalg.vector_norm(other, dim=1)
            total = total + (1 - (one * other).sum(1) / (norms + FLOOR)).sum()
    return total


def gradient_of_distance(
    problem: DistillProblem, weights: Tensor, real: Examples, made: Examples
) -> Tensor:
    """The gradient by made images of the distance between both sets' gradients by the weights.

    Its cost hangs on the shapes alone, so it is charged as a step of `problem.train` is. Its last
    derivative, through the gradient to the images, counts as another backward pass of each.

    Args:
        weights: of `problem.network`, shape (size,).
    Returns:
        Shape of `made.images`.
    Raises:
        BudgetExceeded: the budget doesn't hold it.
    """
    network = problem.network

    def work() -> Tensor:
        parts = {name: part.detach() for name, part in network.parts(weights).items()}
        images = made.images.detach().requires_grad_()
        target = _gradients(network, parts, real)
        own = _gradients(network, parts, Examples(images, made.targets), create_graph=True)
        (gradient,) = torch.autograd.grad(row_distance(own, target), images)
        return gradient

    counts = {FORWARD: len(real) + len(made), BACKWARD: len(real) + 2 * len(made)}
    shape = ("matched", *real.images.shape, *made.images.shape)
    return problem._passes.repeated(shape, counts, work)


def _gradients(
    network: Network, parts: Mapping[str, Tensor], examples: Examples, create_graph: bool = False
) -> dict[str, Tensor]:
    """Of the mean cross-entropy, by every part with rows."""
    leaves = {name: p.detach().requires_grad_() for name, p in parts.items() if p.dim() > 1}
    used = {**parts, **leaves}
    features = network.body(used, examples.images)
    logits = F.linear(features, used["head.weight"], used["head.bias"])
    loss = F.cross_entropy(logits, examples.targets)
    gradients = torch.autograd.grad(loss, list(leaves.values()), create_graph=create_graph)
    return dict(zip(leaves, gradients, strict=True))


def match_gradients(
    problem: DistillProblem,
    *,
    steps: int,
    inner: int,
    real: int,
    rate: float,
    augmentation: Callable[[], AUGMENTED] | None = None,
) -> Tensor:
    """Images whose gradients match the pool's, a class at a time, along short trainings on them.

    Args:
        steps: of the images, in all; OUTER after one another are on one network, at 1 image a class
            each on a fresh one.
        inner: epochs of the network on the images between two steps.
        real: images of the pool a class and step.
        rate: of the images; their momentum is .5.
        augmentation: draws one; of each class and step, for real and made images alike, and of
            each step of the network.
    Returns:
        Shape (classes * per_class, channels, side, side).
    """
    made, labels = problem.real_start(), problem.made_labels
    descent = Descent(made, rate)
    recipe = Recipe("sgd", rate=0.01, decay=0.0, batch=256, momentum=0.0, cosine=False)
    augment = None if augmentation is None else lambda images, _: augmentation()(images)
    outer = 1 if problem.per_class == 1 else OUTER
    for step in range(steps):
        if step % outer == 0:
            weights = problem.network.start(problem.generator)
        else:
            weights = problem.train(
                Examples(made, labels), inner, start=weights, recipe=recipe, augment=augment
            )
        rows = [
            _matched_class(problem, weights, made[labels == label], label, real, augmentation)
            for label in range(problem.classes)
        ]
        descent.step(torch.cat(rows))
    return made


def _matched_class(
    problem: DistillProblem,
    weights: Tensor,
    images: Tensor,
    label: int,
    real: int,
    augmentation: Callable[[], AUGMENTED] | None,
) -> Tensor:
    """The gradient of one class's distance by its made images."""
    pool = problem.drawn(label, real)
    if augmentation is None:
        return gradient_of_distance(problem, weights, *_of(label, pool, images))
    augmented = augmentation()
    leaf = images.detach().requires_grad_()
    seen = augmented(leaf)
    gradient = gradient_of_distance(problem, weights, *_of(label, augmented(pool), seen))
    return torch.autograd.grad(seen, leaf, gradient)[0]


def _of(label: int, *sets: Tensor) -> list[Examples]:
    """Sets of images with the label of one class."""
    return [Examples(images, torch.full((len(images),), label)) for images in sets]


def match_means(
    problem: DistillProblem,
    *,
    iterations: int,
    real: int,
    rate: float,
    augmentation: Callable[[], AUGMENTED] | None = None,
) -> Tensor:
    """Images whose mean features match the pool's in each class, each time by a fresh network.

    Args:
        iterations: fresh networks, one step of the images on each.
        real: images of the pool a class and step.
        rate: of the images; their momentum is .5.
        augmentation: draws one; of each step, for real and made images alike.
    Returns:
        Shape (classes * per_class, channels, side, side).
    """
    made, labels, network = problem.real_start(), problem.made_labels, problem.network
    descent = Descent(made, rate)
    for _ in range(iterations):
        weights = network.start(problem.generator)
        pool = [problem.drawn(label, real) for label in range(problem.classes)]
        of = torch.cat([torch.full((len(images),), label) for label, images in enumerate(pool)])
        augmented = augmentation() if augmentation is not None else lambda images: images
        images = augmented(torch.cat(pool))
        leaf = made.detach().requires_grad_()
        problem.passed(forward=len(images) + len(made), backward=len(made))
        with torch.no_grad():
            target = class_means(network.features(weights, images), of, problem.classes)
        own = class_means(network.features(weights, augmented(leaf)), labels, problem.classes)
        descent.step(torch.autograd.grad((own - target).square().sum(), leaf)[0])
    return made
