"""Characters of fonts as images: from outline to ink.

Here: which faces a seed deals to training and which to testing, and drawing one character in one
face, at a random size, place and angle. Not here: which characters make a set
(suites.merging.eight.sets), where the files lie (suites.merging.eight.sources).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Generator, Tensor

from suites.merging.eight.sources import FACES, FONTS, checked_files

SIZE = (0.5, 0.8)
"""Between which shares of the image's side the size of the type is drawn."""

SHIFT, ANGLE = 0.08, 15.0
"""The most by which a character is shifted along each side, as its share, and turned, degrees."""

FINER = 4
"""Characters are drawn at so many times the side, and averaged."""


def deal_faces(generator: Generator) -> tuple[list[str], list[str]]:
    """Faces for training and calibration, and others for validation and testing.

    Of each family one face, drawn at random, is seen in testing alone.
    """
    seen, unseen = [], []
    for family in FACES.values():
        order = torch.randperm(len(family), generator=generator).tolist()
        unseen.append(family[order[0]])
        seen += [family[i] for i in order[1:]]
    return seen, unseen


def draw_characters(
    characters: Sequence[str], faces: Sequence[str], side: int, generator: Generator
) -> Tensor:
    """One instance of each character, shape (characters, side, side), ink in [0, 1].

    Args:
        characters: one an image.
        faces: one of them is drawn for each image.
        side: of an image, in pixels.
        generator: of the draws: face, size, shift, angle.
    """
    n = len(characters)
    chosen = torch.randint(len(faces), (n,), generator=generator).tolist()
    places = torch.rand(n, 4, generator=generator).tolist()
    images = []
    for character, face, (size, right, down, angle) in zip(characters, chosen, places, strict=True):
        image = draw(
            character,
            faces[face],
            side,
            size=SIZE[0] + (SIZE[1] - SIZE[0]) * size,
            shift=(SHIFT * (2 * right - 1), SHIFT * (2 * down - 1)),
            angle=ANGLE * (2 * angle - 1),
        )
        images.append(torch.from_numpy(np.array(image, dtype=np.float32)))
    return torch.stack(images) / 255


def draw(
    character: str, face: str, side: int, *, size: float, shift: tuple[float, float], angle: float
) -> Image.Image:
    """One character, white on black, its box centred before it is shifted.

    Args:
        character: what is drawn.
        face: the name of a face of FACES.
        side: of the image, in pixels.
        size: of the type, as a share of the side.
        shift: to the right and down, as shares of the side.
        angle: by which it is turned against the clock, degrees.
    """
    large = side * FINER
    font = _font(face, round(size * large))
    image = Image.new("L", (large, large))
    left, top, right, bottom = font.getbbox(character)
    corner = ((large - left - right) / 2, (large - top - bottom) / 2)
    ImageDraw.Draw(image).text(corner, character, fill=255, font=font)
    moved = image.rotate(
        angle,
        resample=Image.Resampling.BILINEAR,
        translate=(round(shift[0] * large), round(shift[1] * large)),
    )
    return moved.reduce(FINER)


@cache
def _font(face: str, pixels: int) -> ImageFont.FreeTypeFont:
    # The basic layout: the other one depends on a library that Pillow finds or doesn't.
    return ImageFont.truetype(_path(face), pixels, layout_engine=ImageFont.Layout.BASIC)


@cache
def _path(face: str) -> Path:
    return next(path for path in checked_files(FONTS) if path.stem == face)
