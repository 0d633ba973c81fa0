"""Crops of images, resized: by matrices of interpolation weights, so that gradients pass.

A crop resized is A x B^T, where a row of A holds the weights by which one row of the result reads
the rows of x. Here: these weights, and random crops. Not here: what crops are for
(suites.selection.distill.statistics, methods/selection/rded.py).
"""

from __future__ import annotations

from math import log

import torch
from torch import Generator, Tensor

TRIES = 10
"""How often a crop is drawn that doesn't fit in the image, before all of the image is taken."""


def resizing(begin: Tensor, length: Tensor, side: int, result: int) -> Tensor:
    """Weights that resize stretches of a line linearly, without aliasing.

    Each element of the result is a mean of the stretch, by weights that fall linearly from its
    place to 0 at a distance of one element, or of one of the result's where these are wider.
    The same as torch's `interpolate(mode="bilinear", antialias=True)` along one dimension.

    Args:
        begin, length: of each stretch, whole numbers of elements, shape (n,).
        side: elements of the line.
        result: elements after.
    Returns:
        Shape (n, result, side), rows summing to 1.
    """
    scale = (length / result)[:, None, None]
    places = torch.arange(result)[:, None] + 0.5
    centres = begin[:, None, None] + places * scale
    elements = torch.arange(side) + 0.5
    weights = (1 - (elements - centres).abs() / scale.clamp(min=1)).clamp(min=0)
    first = begin[:, None, None]
    inside = (elements > first) & (elements < first + length[:, None, None])
    weights = weights * inside
    return weights / weights.sum(2, keepdim=True)


def crops(images: Tensor, corners: Tensor, sizes: Tensor, result: int) -> Tensor:
    """One crop of each image, resized to squares.

    Args:
        images: shape (n, channels, side, side).
        corners, sizes: top and left, height and width, in pixels, shape (n, 2), or (1, 2) for all.
        result: side of what is returned.
    Returns:
        Shape (n, channels, result, result).
    """
    side = images.shape[-1]
    rows = resizing(corners[:, 0], sizes[:, 0], side, result)[:, None]
    columns = resizing(corners[:, 1], sizes[:, 1], side, result)[:, None]
    return rows @ images @ columns.transpose(2, 3)


def drawn_crops(
    count: int, side: int, least: float, generator: Generator, narrowest: float = 1.0
) -> tuple[Tensor, Tensor]:
    """Corners and sizes of random crops, each of shape (count, 2).

    Areas are uniform from `least` of the image's to all of it, sides' ratios log-uniform from
    `narrowest` to its inverse, places uniform; all of the image where ten draws don't fit in it.

    Source: torchvision's RandomResizedCrop.
    """
    areas = least + (1 - least) * torch.rand(count, TRIES, generator=generator)
    ratios = ((2 * torch.rand(count, TRIES, generator=generator) - 1) * log(narrowest)).exp()
    drawn = torch.stack([(areas / ratios).sqrt(), (areas * ratios).sqrt()], 2) * side
    whole = drawn.round().clamp(min=1)
    fits = (whole <= side).all(2)
    chosen = whole[torch.arange(count), fits.float().argmax(1)]  # the first that fits
    sizes = torch.where(fits.any(1)[:, None], chosen, float(side))
    places = torch.rand(count, 2, generator=generator)
    return (places * (side - sizes + 1)).floor(), sizes
