"""Procedural glyphs: a class is four random strokes, an instance jitters them.

Here: drawing the strokes of classes and rendering instances as ink. A stroke is a cubic Bezier
curve in the unit square. Not here: which instances a task needs, and what it makes of them (the
suites).
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

STROKES, CONTROLS, POINTS = 4, 4, 12
"""Strokes of a class, control points of a stroke, points at which a curve is drawn where an image
is small."""

THICKNESS = 0.045
"""Standard deviation of a stroke's profile, as a share of the image's side."""

CHUNK = 512
"""Instances rendered at once; a chunk's distances take 40 MB."""


def draw_classes(classes: int, generator: Generator) -> Tensor:
    """Control points of random classes, shape (classes, strokes, controls, 2), within [.1, .9]."""
    return 0.1 + 0.8 * torch.rand(classes, STROKES, CONTROLS, 2, generator=generator)


def render(
    shapes: Tensor,
    size: int,
    generator: Generator,
    jitter: float = 0.04,
    warp: float = 0.12,
    points: int = POINTS,
) -> Tensor:
    """Draw one jittered instance of each shape.

    Args:
        shapes: control points, (instances, strokes, controls, 2), in the unit square.
        size: side of an image in pixels.
        generator: of the instances' draws.
        jitter: standard deviation of each control point's move.
        warp: standard deviation of each entry of the affine map's matrix about the identity.
        points: at which a curve is drawn; too few show as a string of dots where `size` is large.
    Returns:
        Ink, shape (instances, size, size), in [0, 1].
    """
    n = len(shapes)
    moved = shapes + jitter * torch.randn(shapes.shape, generator=generator)
    matrix = torch.eye(2) + warp * torch.randn(n, 2, 2, generator=generator)
    shift = 0.04 * torch.randn(n, 1, 2, generator=generator)
    curves = _bernstein(points) @ moved  # (instances, strokes, points, 2)
    places = (curves.flatten(1, 2) - 0.5) @ matrix + 0.5 + shift
    return torch.cat([_ink(chunk, size) for chunk in places.split(CHUNK)])


def _bernstein(points: int) -> Tensor:
    """Weights of the control points at each point of a cubic curve, shape (points, controls)."""
    t = torch.linspace(0, 1, points)
    return torch.stack(
        [math.comb(3, k) * t**k * (1 - t) ** (3 - k) for k in range(CONTROLS)], dim=1
    )


def _ink(points: Tensor, size: int) -> Tensor:
    """exp(-d^2 / 2 thickness^2) for each pixel's distance d to its nearest point."""
    centres = (torch.arange(size) + 0.5) / size
    across = (points[..., 0:1] - centres).square()  # (instances, points, size)
    down = (points[..., 1:2] - centres).square()
    nearest = (down[..., :, None] + across[..., None, :]).amin(1)
    return torch.exp(nearest / (-2 * THICKNESS**2))
