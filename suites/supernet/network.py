"""What the networks of all spaces share: weights apart from code, and BatchNorm's statistics.

A network holds no weights: they are a dictionary that is handed to `forward`, so that one code
serves a supernet's path and an architecture alone, with the same operators in the same order.
Here: the base class, convolution, the classifier, batch statistics. Not here: the networks of each
space (suites.supernet.networks), what their parts cost (suites.supernet.flops), statistics other
than the batch's (suites.supernet.normalisation), training.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from suites.supernet.flops import Cost, batch_norm, classifier, convolution, dead, loss, relu
from suites.supernet.spaces.space import Rows, Space

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
        side: of an image, in pixels.
        channels: after the stem, and before the head.
        stem_stride: 2 halves the maps at once.

    Attributes:
        largest, smallest: the architectures whose weights hold, or are held by, all others'; None
            where the space isn't nested.
    """

    largest: tuple[int, ...] | None = None
    smallest: tuple[int, ...] | None = None

    def __init__(
        self,
        space: Space,
        *,
        image_channels: int,
        classes: int,
        side: int,
        channels: tuple[int, int],
        stem_stride: int,
    ) -> None:
        self.space = space
        self.image_channels, self.classes, self.side = image_channels, classes, side
        self.channels, self.stem_stride = channels, stem_stride
        self._costs: dict[tuple[int, ...], Cost] = {}

    @abstractmethod
    def body_shapes(self, architecture: tuple[int, ...] | None) -> Shapes:
        """Shapes of the weights between stem and head: an architecture's own, or all."""

    @abstractmethod
    def body(
        self, weights: Weights, architecture: tuple[int, ...], x: Tensor, normalise: Normalise
    ) -> list[Tensor]:
        """What each part between stem and head gives, the last of them for the head; empty where
        the architecture is dead."""

    @abstractmethod
    def weights_of(self, place: int, choice: int) -> tuple[str, ...]:
        """Names of the weights that a choice uses at a place; none where it has none there."""

    @abstractmethod
    def body_cost(self, architecture: tuple[int, ...]) -> Cost:
        """FLOPs of `body` for one image, and of its backward pass: what the meter counts."""

    @abstractmethod
    def end_positions(self, architecture: tuple[int, ...]) -> int:
        """Of a map before the head."""

    def untangled(self) -> Network:
        """The same space with weights of its own for each choice; itself where that's so."""
        return self

    def alive(self, architecture: Architecture) -> bool:
        """Whether the output depends on the input; where not, zeros reach the head."""
        return True

    def shapes(self, architecture: Architecture | None = None) -> Shapes:
        """Shape of each weight: of an architecture alone, or of the whole supernet.

        Raises:
            ValueError: it is no architecture of the space.
        """
        row = None if architecture is None else self.space.check(architecture)
        head: Shapes = {HEAD: (self.classes, self.channels[1])}
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

    @property
    def positions(self) -> int:
        """Of a map after the stem."""
        return (self.side // self.stem_stride) ** 2

    def flops(self, architecture: Architecture, examples: int) -> float:
        """FLOPs of `forward`, by a table: what the meter would count of it.

        Args:
            architecture: one number a place.
            examples: images.
        """
        return examples * self._cost(architecture).forward

    def step_flops(self, architecture: Architecture, examples: int) -> float:
        """FLOPs of `forward`, the mean cross-entropy and the gradients of all weights used.

        Args:
            architecture: one number a place.
            examples: images.
        """
        cost = self._cost(architecture) + loss(self.classes)
        return examples * (cost.forward + cost.backward)

    def pass_flops(self, batch: int) -> float:
        """One pass: the mean of `step_flops` over all rows of the space, in equal shares."""
        rows = self.space.all()
        return sum(self.step_flops(row, batch) for row in rows) / len(rows)

    def _cost(self, architecture: Architecture) -> Cost:
        row = self.space.check(architecture)
        if row not in self._costs:
            self._costs[row] = self._add_up(row)
        return self._costs[row]

    def _add_up(self, row: tuple[int, ...]) -> Cost:
        if not self.alive(row):
            return dead(self.channels[1], self.classes)
        elements = self.channels[0] * self.positions
        stem = convolution(self.image_channels, self.channels[0], 3, self.positions, first=True)
        end = self.channels[1] * self.end_positions(row)
        tail = batch_norm(end) + relu(end)
        head = classifier(end, self.channels[1], self.classes)
        return stem + batch_norm(elements) + self.body_cost(row) + tail + head

    def sample(self, generator: Generator, count: int) -> Rows:
        """Architectures with each place's choice drawn uniformly and for itself.

        Args:
            generator: of the draws.
            count: how many; the same may come twice.
        Returns:
            int8, shape (count, places).
        """
        columns = [
            torch.randint(len(choices), (count,), generator=generator)
            for choices in self.space.choices
        ]
        return torch.stack(columns, dim=1).to(torch.int8).numpy()
