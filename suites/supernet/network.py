"""What the networks of all spaces share: weights apart from code, and BatchNorm's statistics.

A network holds no weights: they are a dictionary that is handed to `forward`, so that one code
serves a supernet's path and an architecture alone, with the same operators in the same order.
Here: the base class, convolution, the classifier, batch statistics. Not here: the networks of each
space (suites.supernet.networks), statistics other than the batch's
(suites.supernet.normalisation), training.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from suites.supernet.spaces.space import Space

Weights = Mapping[str, Tensor]
"""By name."""

Shapes = dict[str, tuple[int, ...]]

Normalise = Callable[[str, Tensor], Tensor]
"""BatchNorm without scale and shift: the name of the place, and what comes there, shape (images,
channels, height, width)."""

Architecture = Sequence[int] | Any
"""One number a place; a row of int8 or a tuple."""

EPSILON = 1e-5

STEM, HEAD, TAIL = "stem", "head", "tail"
"""Names of the weights that every architecture has, and of the last BatchNorm."""


def batch_statistics(_name: str, x: Tensor) -> Tensor:
    """Normalise each channel by the batch's own mean and variance."""
    return F.batch_norm(x, None, None, training=True, eps=EPSILON)


def convolve(x: Tensor, kernel: Tensor, stride: int = 1) -> Tensor:
    """Convolution with zeros around, so that maps keep their size (or are halved).

    Args:
        x: shape (images, channels, height, width), channels last in memory.
        kernel: shape (channels out, channels in, side, side).
        stride: of both sides.
    """
    return F.conv2d(x, kernel, stride=stride, padding=kernel.shape[-1] // 2)


class Network(ABC):
    """A space's network, for a supernet and for each of its architectures alone.

    Args:
        space: whose architectures it runs.
        image_channels, classes: of the data.
        channels: after the stem, and before the head.
        stem_stride: 2 halves the maps at once.
    """

    def __init__(
        self,
        space: Space,
        *,
        image_channels: int,
        classes: int,
        channels: tuple[int, int],
        stem_stride: int,
    ) -> None:
        self.space = space
        self.image_channels, self.classes = image_channels, classes
        self.channels, self.stem_stride = channels, stem_stride

    @abstractmethod
    def body_shapes(self, architecture: tuple[int, ...] | None) -> Shapes:
        """Shapes of the weights between stem and head: an architecture's own, or all."""

    @abstractmethod
    def body(
        self, weights: Weights, architecture: tuple[int, ...], x: Tensor, normalise: Normalise
    ) -> list[Tensor]:
        """What each part between stem and head gives, the last of them for the head; empty where
        the architecture is dead."""

    def alive(self, architecture: Architecture) -> bool:
        """Whether the output depends on the input; where not, zeros reach the head."""
        return True

    def shapes(self, architecture: Architecture | None = None) -> Shapes:
        """Shape of each weight: of an architecture alone, or of the whole supernet.

        Raises:
            ValueError: it is no architecture of the space.
        """
        row = None if architecture is None else self.space.check(architecture)
        head = {HEAD: (self.classes, self.channels[1])}
        if row is not None and not self.alive(row):
            return head
        stem = {STEM: (self.channels[0], self.image_channels, 3, 3)}
        return stem | self.body_shapes(row) | head

    def weights(
        self, generator: Generator, architecture: Architecture | None = None
    ) -> dict[str, Tensor]:
        """Fresh weights: of the whole supernet, or of one architecture alone in its own shapes.

        Kernels are normal with variance 2 / fan-in (He), the head's 1 / fan-in. BatchNorm takes a
        kernel's scale out of what it computes, but not out of how fast it turns: AdamW moves every
        weight by about its learning rate, so torch's default for convolutions, of a sixth of that
        variance, would turn 2.4 times as fast for a reason that no paper names.

        Raises:
            ValueError: it is no architecture of the space.
        """
        return {
            name: torch.randn(shape, generator=generator)
            * sqrt((1 if name == HEAD else 2) / torch.Size(shape[1:]).numel())
            for name, shape in self.shapes(architecture).items()
        }

    def used(self, architecture: Architecture) -> tuple[str, ...]:
        """Names of the weights that the architecture's output depends on."""
        return tuple(self.shapes(architecture))

    def features(
        self,
        weights: Weights,
        architecture: Architecture,
        inputs: Tensor,
        normalise: Normalise = batch_statistics,
    ) -> list[Tensor]:
        """What the stem and each part after it give, each of shape (images, channels, height,
        width); empty where the architecture is dead.

        Raises:
            ValueError: it is no architecture of the space.
        """
        row = self.space.check(architecture)
        if not self.alive(row):
            return []
        x = inputs.contiguous(memory_format=torch.channels_last)
        x = normalise(STEM, convolve(x, weights[STEM], self.stem_stride))
        return [x, *self.body(weights, row, x, normalise)]

    def forward(
        self,
        weights: Weights,
        architecture: Architecture,
        inputs: Tensor,
        normalise: Normalise = batch_statistics,
    ) -> Tensor:
        """Run one architecture.

        Args:
            weights: the supernet's or the architecture's own; an architecture takes its part.
            architecture: one number a place.
            inputs: images, shape (images, channels, height, width).
            normalise: which statistics BatchNorm uses.
        Returns:
            Logits, shape (images, classes).
        Raises:
            ValueError: it is no architecture of the space.
        """
        features = self.features(weights, architecture, inputs, normalise)
        if not features:
            pooled = inputs.new_zeros(len(inputs), self.channels[1])
        else:
            pooled = normalise(TAIL, features[-1]).relu().mean((2, 3))
        return pooled @ weights[HEAD].T
