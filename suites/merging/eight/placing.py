"""Puts ink on a ground: at a random size, angle and place, in random greys.

Here: one function for all sets, so that none is easier for being centred. Not here: the ink
(suites.merging.eight.data), how far it may go (suites.merging.eight.settings).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor


def place(ink: Tensor, side: int, placing: Mapping[str, Any], generator: Generator) -> Tensor:
    """One image of each piece of ink.

    Args:
        ink: shape (images, height, width), square, in [0, 1].
        side: of the images made, in pixels.
        placing: `size`, from and to which share of the side the ink's side is drawn; `angle`, the
            most by which it is turned, degrees; `shift`, the most by which it is moved along each
            side, as a share of it; `contrast`, the least difference between ink and ground: either
            may be the brighter.
        generator: of the draws.
    Returns:
        Shape (images, side, side), in [0, 1].
    """
    n = len(ink)
    drawn = torch.rand(n, 4, generator=generator)
    low, high = placing["size"]
    size = low + (high - low) * drawn[:, 0]
    angle = math.radians(placing["angle"]) * (2 * drawn[:, 1] - 1)
    shift = placing["shift"] * (2 * drawn[:, 2:] - 1)
    # Sampling asks where in the ink a pixel comes from: the inverse of turning, growing, moving.
    turn = torch.stack([angle.cos(), angle.sin(), -angle.sin(), angle.cos()], 1).view(n, 2, 2)
    back = turn / size[:, None, None]
    theta = torch.cat([back, -(back @ (2 * shift)[:, :, None])], 2)
    grid = F.affine_grid(theta, [n, 1, side, side], align_corners=False)
    placed = F.grid_sample(ink[:, None], grid, align_corners=False)[:, 0]
    ground, tint = draw_greys(n, placing["contrast"], generator)
    return ground + (tint - ground) * placed


def draw_greys(images: int, contrast: float, generator: Generator) -> tuple[Tensor, Tensor]:
    """Greys of ground and ink that differ by `contrast` at least, each of shape (images, 1, 1)."""
    drawn = torch.rand(images, 3, generator=generator)
    difference = contrast + (1 - contrast) * drawn[:, 0]
    dark = (1 - difference) * drawn[:, 1]
    bright = dark + difference
    inverse = drawn[:, 2] < 0.5
    ground, tint = torch.where(inverse, bright, dark), torch.where(inverse, dark, bright)
    return ground[:, None, None], tint[:, None, None]
