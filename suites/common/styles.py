"""Image styles: ways in which a picture of bright strokes can look.

Here: one function a style, from ink (bright strokes on black, values in [0, 1], shape
(images, height, width)) to the same shape and range; a style draws its phases and noise from the
generator it is given. suites/merging/compose/styles.py holds the same code, as merging's published
records name that file; when they are next carried, this one serves both. Not here: which styles a
task has (suites.selection.target_images).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

Style = Callable[[Tensor, Generator], Tensor]


def ink(images: Tensor, generator: Generator) -> Tensor:
    """The images themselves."""
    return images


def inverse(images: Tensor, generator: Generator) -> Tensor:
    """Dark strokes on white."""
    return 1 - images


def outline(images: Tensor, generator: Generator) -> Tensor:
    """Only the strokes' borders: the brightest minus the darkest of each 3 x 3 pixels."""
    planes = images[:, None]
    brightest = F.max_pool2d(planes, 3, 1, 1)
    darkest = -F.max_pool2d(-planes, 3, 1, 1)
    return (brightest - darkest)[:, 0]


def grating(images: Tensor, generator: Generator) -> Tensor:
    """Diagonal stripes of period 4, of opposite phase on the strokes; a random phase an image."""
    n, height, width = images.shape
    along = torch.arange(height)[:, None] + torch.arange(width)
    phase = torch.rand(n, 1, 1, generator=generator)
    stripes = 0.5 + 0.5 * torch.sin(2 * math.pi * (along / 4 + phase))
    return images * stripes + (1 - images) * (1 - stripes)


def dots(images: Tensor, generator: Generator) -> Tensor:
    """The strokes seen through holes: every second pixel of every second row, shifted at random."""
    n, height, width = images.shape
    down, right = torch.randint(2, (2, n, 1, 1), generator=generator)
    rows = (torch.arange(height)[:, None] + down) % 2 == 0
    columns = (torch.arange(width) + right) % 2 == 0
    return images * (rows & columns)


def low_res(images: Tensor, generator: Generator) -> Tensor:
    """Blocks of 4 x 4 pixels, each at its mean."""
    blocks = F.avg_pool2d(images[:, None], 4, ceil_mode=True)
    grown = blocks.repeat_interleave(4, 2).repeat_interleave(4, 3)[:, 0]
    return grown[:, : images.shape[1], : images.shape[2]]


def relief(images: Tensor, generator: Generator) -> Tensor:
    """Lit from the upper left: half grey, plus half the difference to the pixel up and left."""
    shifted = F.pad(images, (1, 0, 1, 0))[:, :-1, :-1]
    return 0.5 + 0.5 * (images - shifted)


def check(images: Tensor, generator: Generator) -> Tensor:
    """A checkerboard whose every second field of 5 x 5 pixels is inverse, shifted at random."""
    n, height, width = images.shape
    down, right = torch.randint(10, (2, n, 1, 1), generator=generator)
    rows = (torch.arange(height)[:, None] + down) // 5
    columns = (torch.arange(width) + right) // 5
    return torch.where((rows + columns) % 2 == 0, images, 1 - images)


def slope(images: Tensor, generator: Generator) -> Tensor:
    """Strokes of .4 on a slope from black to .6 in a random direction."""
    n, height, width = images.shape
    angle = 2 * math.pi * torch.rand(n, 1, 1, generator=generator)
    down = torch.linspace(-0.5, 0.5, height)[:, None] * angle.sin()
    right = torch.linspace(-0.5, 0.5, width) * angle.cos()
    along = (down + right) / math.sqrt(2) + 0.5
    return 0.6 * along + 0.4 * images


STYLES: dict[str, Style] = {
    style.__name__: style
    for style in (ink, inverse, outline, grating, dots, low_res, relief, check, slope)
}
"""Every style by its name."""


def restyle(images: Tensor, style: str, strength: float, generator: Generator) -> Tensor:
    """Ink blended with a style: strength 0 gives ink, 1 the full style.

    Args:
        images: ink, shape (images, height, width), in [0, 1].
        style: a name of STYLES.
        strength: in [0, 1].
        generator: of the style's own draws.
    Returns:
        The same shape, in [0, 1].
    """
    return strength * STYLES[style](images, generator) + (1 - strength) * images
