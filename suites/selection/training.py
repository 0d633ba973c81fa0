"""Trains a network and asks it: the one loop of the suite's evaluators, assets and methods.

A batch is cut from shuffled epochs laid end to end, so that every example is seen equally often
whatever the size of the set. Here: the recipe, batches, AdamW and SGD on a weight vector, the loop.
Not here: networks (suites.selection.networks), charging (suites.selection.passes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import cos, pi
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from suites.selection.networks import Network
from suites.selection.passes import FORWARD, Passes

Augment = Callable[[Tensor, Generator], Tensor]
"""From images (n, channels, side, side) and a generator to as many others."""

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes:
        optimiser: `adamw` or `sgd`.
        rate: at the first step; it falls to 0 along a cosine where `cosine`.
        decay: AdamW's, apart from the gradient; SGD's is added to it.
        batch: examples a step; a smaller set is one batch.
        momentum: SGD's.
    """

    optimiser: str = "adamw"
    rate: float = 6e-3
    decay: float = 5e-4
    batch: int = 32
    momentum: float = 0.9
    cosine: bool = True

    @classmethod
    def of(cls, settings: Mapping[str, Any], **changes: Any) -> Recipe:
        """The recipe that a task's settings hold, with some changes."""
        return replace(cls(**settings), **changes)


@dataclass(frozen=True)
class Examples:
    """What a network is trained on.

    Attributes:
        images: shape (n, channels, side, side).
        targets: classes (n,) int64, or one row a class (n, classes) in floating point.
        weights: of each example in the loss, shape (n,), mean 1; None for 1 everywhere.
    """

    images: Tensor
    targets: Tensor
    weights: Tensor | None = None

    def __len__(self) -> int:
        return len(self.images)

    def rows(self, numbers: Tensor) -> Examples:
        """Some of them."""
        weights = None if self.weights is None else self.weights[numbers]
        return Examples(self.images[numbers], self.targets[numbers], weights)


def batches(count: int, size: int, generator: Generator) -> Iterator[Tensor]:
    """Numbers of examples without end, `size` at a time, from shuffled epochs laid end to end."""
    size = min(size, count)
    waiting = torch.empty(0, dtype=torch.int64)
    while True:
        while len(waiting) < size:
            waiting = torch.cat([waiting, torch.randperm(count, generator=generator)])
        yield waiting[:size]
        waiting = waiting[size:]


def steps_of(passes: float, count: int, batch: int) -> int:
    """How many steps take so many examples in all; at least one."""
    return max(1, round(passes / min(batch, count)))


def batch_loss(logits: Tensor, batch: Examples, loss: str = "cross_entropy") -> Tensor:
    """The mean loss of a batch, each example by its weight.

    Args:
        logits: shape (n, classes).
        loss: `cross_entropy`, or `mse`: half the squared distance to the targets, summed.
    """
    if loss == "mse":
        each = 0.5 * (logits - batch.targets).square().sum(1)
    else:
        each = F.cross_entropy(logits, batch.targets, reduction="none")
    return (each if batch.weights is None else each * batch.weights).mean()


class Optimiser:
    """AdamW or SGD with momentum on one vector, in place.

    Written out because a step of these networks takes a millisecond, a third of which torch.optim's
    bookkeeping would be. Sources: Loshchilov and Hutter, algorithm 2; torch.optim.SGD.
    """

    def __init__(self, recipe: Recipe, size: int, steps: int) -> None:
        self.recipe, self.steps, self.done = recipe, steps, 0
        self.first, self.second = torch.zeros(size), torch.zeros(size)

    @property
    def rate(self) -> float:
        """Of the next step."""
        share = self.done / self.steps
        return self.recipe.rate * (0.5 * (1 + cos(pi * share)) if self.recipe.cosine else 1.0)

    def step(self, weights: Tensor, gradient: Tensor) -> None:
        """Change the weights by one step along minus the gradient."""
        rate, recipe = self.rate, self.recipe
        self.done += 1
        if recipe.optimiser == "sgd":
            self.first.mul_(recipe.momentum).add_(gradient).add_(weights, alpha=recipe.decay)
            weights.add_(self.first, alpha=-rate)
            return
        self.first.lerp_(gradient, 1 - BETA_1)
        self.second.mul_(BETA_2).addcmul_(gradient, gradient, value=1 - BETA_2)
        scale = (self.second / (1 - BETA_2**self.done)).sqrt_().add_(EPSILON)
        weights.mul_(1 - rate * recipe.decay)
        weights.addcdiv_(self.first, scale, value=-rate / (1 - BETA_1**self.done))


def train(
    network: Network,
    start: Tensor,
    examples: Examples,
    recipe: Recipe,
    steps: int,
    generator: Generator,
    passes: Passes,
    *,
    loss: str = "cross_entropy",
    augment: Augment | None = None,
    each: Callable[[int, Tensor], None] | None = None,
) -> Tensor:
    """Weights after so many steps, shape (size,).

    Args:
        start: weights to begin with; not written to.
        passes: charges every step.
        loss: as of `batch_loss`.
        augment: of each batch's images.
        each: told the number of steps done, from 1, and the weights, which it may not keep as they
            are: they change with the next step.
    Raises:
        BudgetExceeded: the budget doesn't hold a step.
    """
    weights, optimiser = start.clone(), Optimiser(recipe, len(start), steps)
    drawn = batches(len(examples), recipe.batch, generator)

    def gradient_of(batch: Examples) -> Tensor:
        leaf = weights.detach().requires_grad_()
        value = batch_loss(network.logits(leaf, batch.images), batch, loss)
        return torch.autograd.grad(value, leaf)[0]

    for number in range(1, steps + 1):
        batch = examples.rows(next(drawn))
        if augment is not None:
            with passes.uncounted():
                batch = replace(batch, images=augment(batch.images, generator))
        gradient = passes.step(gradient_of, batch, network)
        with passes.uncounted():
            optimiser.step(weights, gradient)
        if each is not None:
            each(number, weights)
    return weights


def outputs(
    network: Network, weights: Tensor, images: Tensor, passes: Passes
) -> tuple[Tensor, Tensor]:
    """Logits (n, classes) and features (n, d), charged, without gradients.

    Raises:
        BudgetExceeded: the budget doesn't hold it.
    """
    logits, features = [], []
    with torch.no_grad():
        for rows in in_batches(len(images)):
            batch = images[rows]

            def work(batch: Tensor = batch) -> tuple[Tensor, Tensor]:
                return network.outputs(weights, batch)

            shape = ("outputs", *batch.shape)
            some, phi = passes.repeated(shape, {FORWARD: len(batch)}, work)
            logits.append(some)
            features.append(phi)
    return torch.cat(logits), torch.cat(features)


def in_batches(examples: int, size: int = 1000) -> Iterator[slice]:
    """Slices of so many examples, one after another."""
    for begin in range(0, examples, size):
        yield slice(begin, min(begin + size, examples))
