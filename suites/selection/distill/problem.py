"""What a method that makes examples is given: a pool, and how many images a class to make.

A method returns a Made: images, what they are labelled with, and the loss that they are learnt by.
What a method computes with torch is metered operator by operator; `train`, the suite's own loop, is
charged by what one step takes. Not here: the other track's problem (suites.selection.problem), the
teacher (suites.selection.distill.teacher), running and scoring (suites.selection.harness).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Generator, Tensor

from bench.contract.job import Output
from bench.metering.meter import Meter, MethodMeter
from suites.common.needs import require
from suites.selection.distill.teacher import Teacher
from suites.selection.networks import Network
from suites.selection.passes import BACKWARD, FORWARD, Passes
from suites.selection.training import Augment, Examples, Recipe, steps_of, train

__all__ = ["DistillProblem", "Examples", "Made"]


@dataclass(frozen=True)
class Made:
    """What a method made.

    Attributes:
        images: shape (classes * per_class, channels, side, side), finite; where labels are rows, in
            the order of `problem.made_labels`: the classes that they are also scored by.
        labels: classes (n,) int64, or a row of logits' targets (n, classes) in floating point:
            probabilities for `cross_entropy`, any numbers for `mse`.
        loss: what an evaluator learns them by: `cross_entropy`, or `mse`.
        rate: the rate of SGD that was learnt with them, if one was; a column of its own.
    """

    images: Tensor
    labels: Tensor
    loss: str = "cross_entropy"
    rate: float | None = None


@dataclass
class DistillProblem:
    """A task as a method sees it.

    Attributes:
        images: the pool's, shape (n, channels, side, side), in [0, 1] less the pool's mean, over
            its standard deviation.
        labels: the pool's, all right, int64, shape (n,).
        classes, per_class: how many classes, and images of each to make.
        generator: the only source of a method's draws.
        network: the ConvNet-3 that it is scored by first; what is called on it is metered.
        recipe: how evaluators train.
        lowest, highest: what a pixel can be.
        strategies: augmentations that leave an image's class as it is, keys of
            suites.selection.distill.augmentations.STRATEGIES: no flips of digits.
        needs: what the method declared; None for references.
    """

    images: Tensor
    labels: Tensor
    classes: int
    per_class: int
    generator: Generator
    network: Network
    recipe: Recipe
    lowest: float
    highest: float
    strategies: tuple[str, ...]
    needs: tuple[str, ...] | None
    _meter: Meter
    _passes: Passes
    _given: Mapping[str, Output]
    _paid: set[str] = field(default_factory=set)

    @property
    def meter(self) -> MethodMeter:
        """For work that isn't torch's: `problem.meter.charge(flops, what)`."""
        return self._meter.handle()

    @property
    def made_labels(self) -> Tensor:
        """The classes of what is to be made, per_class of each: 0, 0, …, 1, 1, …, shape (n,)."""
        return torch.arange(self.classes).repeat_interleave(self.per_class)

    @property
    def teacher(self) -> Teacher:
        """A network with BatchNorm, trained on the pool; paid for when it is first asked for."""
        require("teacher", self.needs, "`teacher`")
        asset = self._given["teacher"]
        if "teacher" not in self._paid:
            for counter, amount in asset.data["cost"].items():
                self._meter.spend(counter, amount, "`teacher`")
            self._paid.add("teacher")
        return Teacher.of(asset)

    def members(self, label: int) -> Tensor:
        """Numbers of the pool's examples of a class, int64."""
        return (self.labels == label).nonzero()[:, 0]

    def drawn(self, label: int, count: int) -> Tensor:
        """So many different images of a class, at random: (count, channels, side, side)."""
        members = self.members(label)
        order = torch.randperm(len(members), generator=self.generator)[:count]
        return self.images[members[order]]

    def real_start(self) -> Tensor:
        """A random image of the pool for each that is to be made, in the order of made_labels."""
        return torch.cat([self.drawn(label, self.per_class) for label in range(self.classes)])

    def train(
        self,
        examples: Examples,
        epochs: float,
        *,
        start: Tensor | None = None,
        recipe: Recipe | None = None,
        augment: Augment | None = None,
        loss: str = "cross_entropy",
        each: Callable[[int, Tensor], None] | None = None,
    ) -> Tensor:
        """Weights of `network` after some epochs on examples, shape (size,).

        Args:
            start: weights to begin with; by default drawn.
            recipe: by default the evaluators'.
            augment: of each batch's images.
            each: told the number of steps done, from 1, and the weights; clone them to keep them.
        Raises:
            BudgetExceeded: the budget doesn't hold a step.
        """
        recipe = recipe or self.recipe
        start = self.network.start(self.generator) if start is None else start
        steps = steps_of(epochs * len(examples), len(examples), recipe.batch)
        return train(
            self.network,
            start,
            examples,
            recipe,
            steps,
            self.generator,
            self._passes,
            loss=loss,
            augment=augment,
            each=each,
        )

    def passed(self, *, forward: int = 0, backward: int = 0) -> None:
        """Count passes that were made with `network` itself; their FLOPs are metered beside.

        Args:
            forward: examples that were sent through it.
            backward: examples whose gradient was taken through all of it.
        """
        self._meter.spend(FORWARD, forward, "a pass")
        self._meter.spend(BACKWARD, backward, "a pass")

    def handed(self) -> dict[str, Tensor]:
        """All tensors that a method can get at, by name."""
        named = {"images": self.images, "labels": self.labels}
        for asset, output in self._given.items():
            named |= {f"{asset}.{name}": tensor for name, tensor in output.tensors.items()}
        return named
