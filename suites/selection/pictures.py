"""Pictures and maps of what was chosen or made, small enough to keep with a run.

Here: a grid of images as PNG, which examples a choice shows, the pool by class and score. Not here:
how a site shows them (leaderboard).
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

COLUMNS = 12
"""Images of each class in a picture, at most."""

BANDS = 10
"""Bands of score, of equally many examples each, in a map."""


def grid(rows: Sequence[Tensor], columns: int = COLUMNS) -> bytes:
    """A PNG with a row of images for each entry, a grey pixel between them.

    Args:
        rows: each (count, channels, side, side) in [0, 1], with one channel or three.
        columns: as many of each row at most.
    """
    _, channels, side, _ = rows[0].shape
    wide = min(columns, max(len(row) for row in rows))
    height, width = len(rows) * (side + 1) - 1, wide * (side + 1) - 1
    canvas = np.full((height, width, channels), 128, dtype=np.uint8)
    for down, row in enumerate(rows):
        for across, image in enumerate(row[:wide]):
            top, left = down * (side + 1), across * (side + 1)
            pixels = (image.clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0)
            canvas[top : top + side, left : left + side] = pixels.numpy()
    picture = Image.fromarray(canvas[:, :, 0] if channels == 1 else canvas)
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def by_class(images: Tensor, labels: Tensor, chosen: Tensor, classes: int) -> bytes:
    """A grid of chosen images, a row a class by the labels as given, in the order of choosing."""
    rows = [images[chosen[labels[chosen] == label]] for label in range(classes)]
    return grid(rows)


def extremes(images: Tensor, scores: Tensor) -> bytes:
    """Two rows: the least suspect examples of the pool, and the most suspect ones."""
    order = scores.argsort(stable=True)
    return grid([images[order[:COLUMNS]], images[order.flip(0)[:COLUMNS]]])


def score_map(labels: Tensor, scores: Tensor | None, chosen: Tensor, names: Sequence[str]) -> bytes:
    """The pool by class and band of score, and how much of each was chosen, as JSON.

    Args:
        labels: as given, shape (n,).
        scores: shape (n,); None where the method has none: one band then.
        chosen: numbers of the pool.
        names: of the classes.
    """
    taken = torch.zeros(len(labels), dtype=torch.bool)
    taken[chosen] = True
    if scores is None:
        band = torch.zeros(len(labels), dtype=torch.int64)
    else:
        band = scores.argsort(stable=True).argsort() * BANDS // len(labels)
    classes = []
    for label, name in enumerate(names):
        cells = []
        for number in band.unique().tolist():
            cell = (labels == label) & (band == number)
            if cell.any():
                cells.append(
                    {
                        "score": number,
                        "count": int(cell.sum()),
                        "chosen": int((cell & taken).sum()),
                    }
                )
        classes.append({"name": name, "cells": cells})
    return json.dumps({"size": len(chosen), "classes": classes}, separators=(",", ":")).encode()


def masks(count: int, subsets: Sequence[Tensor]) -> bytes:
    """Which of the pool each choice holds, a bit an example, as a .npy of shape (sizes, bytes)."""
    rows = np.zeros((len(subsets), count), dtype=bool)
    for row, subset in zip(rows, subsets, strict=True):
        row[subset.numpy()] = True
    return as_npy(np.packbits(rows, axis=1))


def quantiles(scores: Tensor) -> bytes:
    """Each example's place among 256 quantiles of the scores, as a .npy of uint8 (n,)."""
    place = scores.argsort(stable=True).argsort() * 256 // len(scores)
    return as_npy(place.to(torch.uint8).numpy())


def as_npy(array: np.ndarray) -> bytes:
    """The bytes of a .npy file."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()
