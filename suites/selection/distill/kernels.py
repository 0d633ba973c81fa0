"""Kernel ridge regression on a network's features, and the pool of networks that it is done by.

Here: the prediction, the networks that learn the images while these are made, the loop that FRePo
and KRR-ST share. Not here: losses and optimisers of the images, which differ (the methods' files).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from suites.selection.distill.problem import DistillProblem
from suites.selection.training import Examples, Optimiser, Recipe, batch_loss


def ridge_prediction(at: Tensor, known: Tensor, targets: Tensor, ridge: float) -> Tensor:
    """What ridge regression on some features predicts at others, shape (m, outputs).

    k(at, known) (K + lambda I)^-1 targets, K = known known^T, lambda = ridge tr K / n. Solved in
    double precision: K is nearly singular where two images resemble each other.

    Args:
        at: features, shape (m, d).
        known: features, shape (n, d).
        targets: of `known`, shape (n, outputs).
        ridge: the share of K's mean eigenvalue that is added to each.
    """
    kernel = (known @ known.T).double()
    size = len(kernel)
    added = ridge * kernel.diagonal().sum() / size
    solved = torch.linalg.solve(kernel + added * torch.eye(size).double(), targets.double())
    return (at @ known.T) @ solved.float()


class OnlineNetworks:
    """Networks of different ages that are trained on the images while these are made.

    Args:
        count: how many.
        most: steps after which one is replaced by a fresh one.
        recipe: of their steps; each has an optimiser of its own.
    Source: Zhou et al. (2022), section 3.3. As in the authors' code they begin untrained, the
    i-th as if i / count of its steps were done, so that they aren't replaced all at once.
    """

    def __init__(self, problem: DistillProblem, count: int, most: int, recipe: Recipe) -> None:
        self._problem, self._most, self._recipe = problem, most, recipe
        self._ages = [most * number // count for number in range(count)]
        self._weights, self._optimisers = [], []
        for _ in range(count):
            weights, optimiser = self._fresh()
            self._weights.append(weights)
            self._optimisers.append(optimiser)

    def drawn(self) -> int:
        """The number of one of them, at random."""
        count = len(self._weights)
        return int(torch.randint(count, (), generator=self._problem.generator))

    def weights(self, number: int) -> Tensor:
        """Of one network, shape (size,); they change with its next step."""
        return self._weights[number]

    def learn(self, number: int, examples: Examples) -> None:
        """Train one by a step on all the examples, by squared error; or replace it if it is old."""
        if self._ages[number] >= self._most:
            self._ages[number] = 0
            self._weights[number], self._optimisers[number] = self._fresh()
            return
        self._ages[number] += 1
        network, weights = self._problem.network, self._weights[number]

        def gradient_of(batch: Examples) -> Tensor:
            leaf = weights.detach().requires_grad_()
            loss = batch_loss(network.logits(leaf, batch.images), batch, "mse")
            return torch.autograd.grad(loss, leaf)[0]

        passes = self._problem._passes
        gradient = passes.step(gradient_of, examples, network)
        with passes.uncounted():
            self._optimisers[number].step(weights, gradient)

    def _fresh(self) -> tuple[Tensor, Optimiser]:
        weights = self._problem.network.start(self._problem.generator)
        return weights, Optimiser(self._recipe, len(weights), self._most)


Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Of predictions, the pool's targets (both (m, outputs)) and the made targets (n, outputs)."""

Update = Callable[[int, Tensor, Tensor], None]
"""Changes the images and their targets in place: number of the step, and both gradients."""


def regress_by_features(
    problem: DistillProblem,
    networks: OnlineNetworks,
    made: Examples,
    targets: Tensor,
    *,
    steps: int,
    real: int,
    ridge: float,
    constant: bool,
    loss: Loss,
    update: Update,
) -> None:
    """Change made images and targets so that ridge regression on them predicts the pool's targets.

    A step takes one of the networks, draws a batch of the pool, changes images and targets along
    the gradient of the loss, and trains that network a step on them.

    Args:
        made: images and targets (n, outputs); changed in place by `update`.
        targets: of the pool, shape (pool, outputs).
        real: examples of the pool a step.
        ridge: as of `ridge_prediction`.
        constant: whether a 1 is put beside the features.
    """
    network = problem.network

    def features(weights: Tensor, images: Tensor) -> Tensor:
        values = network.features(weights, images)
        return torch.cat([values, torch.ones(len(values), 1)], 1) if constant else values

    for step in range(steps):
        number = networks.drawn()
        weights = networks.weights(number)
        batch = torch.randperm(len(targets), generator=problem.generator)[:real]
        images = made.images.detach().requires_grad_()
        wanted = made.targets.detach().requires_grad_()
        problem.passed(forward=len(batch) + len(images), backward=len(images))
        with torch.no_grad():
            at = features(weights, problem.images[batch])
        predicted = ridge_prediction(at, features(weights, images), wanted, ridge)
        value = loss(predicted, targets[batch], wanted)
        update(step, *torch.autograd.grad(value, [images, wanted]))
        networks.learn(number, made)
