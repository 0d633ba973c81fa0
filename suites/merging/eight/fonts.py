"""Characters of fonts as images: from outline to ink.

Here: which faces a seed deals to training and which to testing, and drawing one character in one
face. Not here: which characters make a set (suites.merging.eight.sets), how large and where they
are in the end (suites.merging.eight.placing), where the files lie (suites.merging.eight.sources).
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

SIZE = 0.68
"""Of the type, as a share of the image's side; the widest characters just fit."""


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
    """One image of each character, shape (characters, side, side), ink in [0, 1].

    Args:
        characters: one an image.
        faces: one of them is drawn for each image.
        side: of an image, in pixels.
        generator: of the draws of faces.
    """
    chosen = torch.randint(len(faces), (len(characters),), generator=generator).tolist()
    images = [
        np.asarray(draw(character, faces[face], side), dtype=np.float32)
        for character, face in zip(characters, chosen, strict=True)
    ]
    return torch.from_numpy(np.stack(images)) / 255


def draw(character: str, face: str, side: int) -> Image.Image:
    """One character of a face of FACES, white on black, its box in the image's middle."""
    font = _font(face, round(SIZE * side))
    image = Image.new("L", (side, side))
    left, top, right, bottom = font.getbbox(character)
    corner = ((side - left - right) / 2, (side - top - bottom) / 2)
    ImageDraw.Draw(image).text(corner, character, fill=255, font=font)
    return image


@cache
def _font(face: str, pixels: int) -> ImageFont.FreeTypeFont:
    # The basic layout: the other one depends on a library that Pillow finds or doesn't.
    return ImageFont.truetype(_path(face), pixels, layout_engine=ImageFont.Layout.BASIC)


@cache
def _path(face: str) -> Path:
    return next(path for path in checked_files(FONTS) if path.stem == face)
