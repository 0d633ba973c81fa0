"""What a method of my suite is handed, and what it returns.

A method is called as `method(problem, **hyperparameters)` and returns a Classifier. Whatever costs
is reached through the problem, which charges it. Not here: making the problem (harness.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from bench.contract.job import ContractError
from bench.metering.meter import Meter, MethodMeter

CLASSES, PIXELS = 10, 64


class Classifier(NamedTuple):
    """A linear classifier: an image x gets the class with the largest `weights @ x + bias`.

    Shapes: weights (10, 64), bias (10,).
    """

    weights: Tensor
    bias: Tensor


@dataclass
class Problem:
    """Few labelled images, and more at a price.

    Attributes:
        images: in [0, 1], shape (n, 64).
        classes: of these images, whole numbers from 0 to 9, shape (n,).
        generator: the only source of a method's random draws.
    """

    images: Tensor
    classes: Tensor
    generator: torch.Generator
    _meter: Meter = field(repr=False)
    _unlabelled: Tensor | None = field(default=None, repr=False)
    _everything: tuple[Tensor, Tensor] | None = field(default=None, repr=False)

    @property
    def meter(self) -> MethodMeter:
        """Where a method charges work that torch doesn't do, and asks what it may still spend."""
        return self._meter.handle()

    def unlabelled(self, count: int) -> Tensor:
        """The first `count` images without a class, shape (count, 64); each costs one example.

        Raises:
            ContractError: the method didn't declare needs=["unlabelled"].
        """
        if self._unlabelled is None:
            raise ContractError('problem.unlabelled needs needs=["unlabelled"] in @method(...)')
        self._meter.spend("examples", count, f"asking for {count} images")
        return self._unlabelled[:count].clone()

    @property
    def everything(self) -> tuple[Tensor, Tensor]:
        """All training images and their classes, for references alone."""
        if self._everything is None:
            raise ContractError("problem.everything is for references alone")
        return self._everything


def linear(images: Tensor, classes: Tensor, strength: float) -> Classifier:
    """Ridge regression of the classes' indicators on the images, as a classifier.

    Args:
        strength: of the penalty on the weights, not on the bias.
    """
    targets = torch.nn.functional.one_hot(classes, CLASSES).to(images.dtype)
    mean_image, mean_target = images.mean(0), targets.mean(0)
    centred = images - mean_image
    gram = centred.T @ centred + strength * torch.eye(PIXELS)
    weights = torch.linalg.solve(gram, centred.T @ (targets - mean_target)).T
    return Classifier(weights, mean_target - weights @ mean_image)
