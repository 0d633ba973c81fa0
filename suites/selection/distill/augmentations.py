"""DSA's augmentations: differentiable changes of images, one draw for as many batches as need it.

A draw picks one strategy of several and its numbers. Called on any batch it does the same to each
image, so that real and made images get the same ("siamese"), and gradients pass through it. Here:
the strategies with the ranges of the authors' code, drawing, and the form in which the training
loop takes them. Not here: who is trained with them (suites.selection.distill.evaluation, methods).

Source: Zhao and Bilen, Dataset Condensation with Differentiable Siamese Augmentation (2021),
https://arxiv.org/abs/2102.08259, and github.com/VICO-UoE/DatasetCondensation (utils.py). There an
evaluator's batch shares a strategy, and each image draws numbers of its own; here it shares both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, floor, pi, sin

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from suites.selection.training import Augment

BRIGHTNESS, SATURATION, CONTRAST = 1.0, 2.0, 0.5
"""Brightness is moved by at most half of the first; saturation is scaled by 0 to the second;
contrast by the third to 1 more than it."""

PADDING, CUT = 0.125, 0.5
"""The most that an image is shifted, and the side of the square that is cut out, in sides."""

ZOOM, DEGREES = 1.2, 15.0
"""The most that a side is stretched or shrunk, and that an image is turned, either way."""


@dataclass(frozen=True)
class Augmentation:
    """One draw.

    Attributes:
        strategy: a key of STRATEGIES.
        numbers: in [0, 1): how far, as the strategy reads them.
    """

    strategy: str
    numbers: tuple[float, float, float]

    def __call__(self, images: Tensor) -> Tensor:
        """The same done to each image, shape (n, channels, side, side); gradients pass."""
        return STRATEGIES[self.strategy](images, *self.numbers)


def draw(generator: Generator, strategies: Sequence[str]) -> Augmentation:
    """One of the strategies, each equally likely, and its numbers.

    Args:
        strategies: keys of STRATEGIES; `flip` is none for digits, whose mirror image is no digit.
    """
    which = int(torch.randint(len(strategies), (), generator=generator))
    first, second, third = torch.rand(3, generator=generator).tolist()
    return Augmentation(strategies[which], (first, second, third))


def augmenting(strategies: Sequence[str]) -> Augment:
    """What the training loop calls: each batch gets a draw of its own."""
    return lambda images, generator: draw(generator, strategies)(images)


def colour(images: Tensor, brightness: float, saturation: float, contrast: float) -> Tensor:
    """All pixels moved, each one's channels drawn to their mean or away from it, then each image.

    With one channel a pixel is the mean of its channels, so that saturation changes nothing: it is
    left out there.
    """
    images = images + (brightness - 0.5) * BRIGHTNESS
    if images.shape[1] > 1:
        grey = images.mean(1, keepdim=True)
        images = (images - grey) * (saturation * SATURATION) + grey
    mean = images.mean((1, 2, 3), keepdim=True)
    return (images - mean) * (contrast + CONTRAST) + mean


def crop(images: Tensor, down: float, right: float, _: float) -> Tensor:
    """Shifted by whole pixels, at most an eighth of a side; what comes in is 0, the pool's mean."""
    side = images.shape[-1]
    most = int(side * PADDING + 0.5)
    top, left = (floor(number * (2 * most + 1)) for number in (down, right))
    padded = F.pad(images, (most, most, most, most))
    return padded[:, :, top : top + side, left : left + side]


def cutout(images: Tensor, down: float, right: float, _: float) -> Tensor:
    """A square of half a side set to 0, the pool's mean; its centre lies anywhere in the image."""
    side = images.shape[-1]
    cut = int(side * CUT + 0.5)
    mask = torch.ones(side, side, dtype=images.dtype)
    top, left = (floor(number * (side + 1 - cut % 2)) - cut // 2 for number in (down, right))
    mask[max(0, top) : top + cut, max(0, left) : left + cut] = 0
    return images * mask


def flip(images: Tensor, number: float, _: float, __: float) -> Tensor:
    """Mirrored, left to right, every other time."""
    return images.flip(3) if number < 0.5 else images


def scale(images: Tensor, across: float, down: float, _: float) -> Tensor:
    """Stretched or shrunk along each side, by bilinear sampling; what comes in is 0."""
    width, height = (number * (ZOOM - 1 / ZOOM) + 1 / ZOOM for number in (across, down))
    return _sampled(images, [[width, 0.0, 0.0], [0.0, height, 0.0]])


def rotate(images: Tensor, number: float, _: float, __: float) -> Tensor:
    """Turned, by bilinear sampling; what comes in is 0."""
    angle = (number - 0.5) * 2 * DEGREES / 180 * pi
    return _sampled(images, [[cos(angle), -sin(angle), 0.0], [sin(angle), cos(angle), 0.0]])


def _sampled(images: Tensor, matrix: list[list[float]]) -> Tensor:
    """Each pixel from where the matrix sends its place, x and y in [-1, 1]."""
    theta = torch.tensor([matrix], dtype=images.dtype)
    grid = F.affine_grid(theta, [1, *images.shape[1:]], align_corners=False)
    grid = grid.expand(len(images), -1, -1, -1)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


STRATEGIES: dict[str, Callable[[Tensor, float, float, float], Tensor]] = {
    "colour": colour,
    "crop": crop,
    "cutout": cutout,
    "flip": flip,
    "scale": scale,
    "rotate": rotate,
}
"""Each by its name, in the order of the authors' code."""

FOR_CLOTHES = tuple(STRATEGIES)
FOR_DIGITS = tuple(name for name in STRATEGIES if name != "flip")
