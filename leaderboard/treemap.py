"""A treemap of a pool: what was chosen of each class and band of scores, as numbers for SVG.

Here: reading the map that a run keeps, and where its rectangles stand. Classes stay in their order,
in rows; in each the bands of scores stand side by side, the lowest to the left, and the chosen part
of a band is filled from below, so that a class reads as a profile of what its scores decided. Not
here: which record keeps one (leaderboard.kept), HTML (templates/kept.html).

The map is JSON: {"size": 36, "classes": [{"name": "0", "cells": [{"score": 0.1, "count": 40,
"chosen": 3}, ...]}, ...]}, where `size` is how many were chosen, and the cells are in the order of
their scores.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import isfinite
from statistics import fmean
from typing import Any

from leaderboard.drawing import LETTER

WIDE, NARROW = (720, 400), (350, 460)
"""Widths and heights of the two drawings, in the SVG's own units."""

GAP = 3.0
"""Between two classes."""


@dataclass(frozen=True)
class Band:
    """The examples of a class whose scores are alike: how many there are, how many were chosen."""

    score: float
    count: int
    chosen: int


@dataclass(frozen=True)
class PoolClass:
    """A class with its bands, by score."""

    name: str
    bands: tuple[Band, ...]

    @property
    def count(self) -> int:
        """Its examples in the pool."""
        return sum(band.count for band in self.bands)

    @property
    def chosen(self) -> int:
        """Those of them that were chosen."""
        return sum(band.chosen for band in self.bands)


@dataclass(frozen=True)
class PoolMap:
    """A pool by class and score.

    Attributes:
        size: how many were chosen.
        classes: those that have examples.
    """

    size: int
    classes: tuple[PoolClass, ...]

    @property
    def bands(self) -> int:
        """The most bands that a class has."""
        return max(len(one.bands) for one in self.classes)

    @property
    def drawings(self) -> tuple[Treemap, ...]:
        """For wide and for narrow screens."""
        return tuple(treemap(self, *size) for size in (WIDE, NARROW))


@dataclass(frozen=True)
class BandBox:
    """A band's rectangle, `filled` of its height, from below, chosen."""

    x: float
    y: float
    width: float
    height: float
    filled: float


@dataclass(frozen=True)
class ClassBox:
    """A class's rectangle; `label` is "" where there is no room for it."""

    x: float
    y: float
    width: float
    height: float
    label: str
    of: PoolClass
    bands: tuple[BandBox, ...]


@dataclass(frozen=True)
class Treemap:
    """All rectangles, in the SVG's own units."""

    width: int
    height: int
    boxes: tuple[ClassBox, ...]


def read_map(content: bytes) -> PoolMap:
    """The map of a file.

    Raises:
        ValueError: it isn't one: no such JSON, no example, or more chosen than there are.
    """
    try:
        read = json.loads(content)
        classes = [
            PoolClass(str(one["name"]), tuple(map(_band, one["cells"]))) for one in read["classes"]
        ]
        size = _whole(read["size"])
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"no map of a pool: {error!r}") from None
    held = tuple(one for one in classes if one.count)
    if not held:
        raise ValueError("a map of a pool without an example")
    return PoolMap(size, held)


def _band(cell: Any) -> Band:
    band = Band(float(cell["score"]), _whole(cell["count"]), _whole(cell["chosen"]))
    if band.chosen > band.count or not isfinite(band.score):
        raise ValueError(f"no band of scores: {band}")
    return band


def _whole(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is no number of examples")
    return value


def treemap(pool: PoolMap, width: int, height: int) -> Treemap:
    """Lay a map out; areas are proportional to examples, but for the gaps between classes.

    The classes stand in as many rows as make their rectangles most nearly square, the same number
    in each, give or take one.
    """
    counts = [one.count for one in pool.classes]
    layouts = (_rows(counts, rows, width, height) for rows in range(1, len(counts) + 1))
    rectangles = min(layouts, key=lambda boxes: fmean(max(w / h, h / w) for *_, w, h in boxes))
    boxes = map(_class_box, pool.classes, rectangles)
    return Treemap(width, height, tuple(boxes))


Rectangle = tuple[float, float, float, float]


def _rows(counts: Sequence[int], rows: int, width: float, height: float) -> list[Rectangle]:
    """The rectangles (x, y, width, height) of classes in that many rows."""
    each, more = divmod(len(counts), rows)
    ends = list(accumulate(each + (row < more) for row in range(rows)))
    total, top, boxes = sum(counts), 0.0, []
    for start, end in zip([0, *ends], ends, strict=False):
        in_row = sum(counts[start:end])
        tall, left = height * in_row / total, 0.0
        for count in counts[start:end]:
            wide = width * count / in_row
            boxes.append((left, top, wide, tall))
            left += wide
        top += tall
    return boxes


def _class_box(of: PoolClass, rectangle: Rectangle) -> ClassBox:
    x, y, width, height = rectangle
    x, y = x + GAP / 2, y + GAP / 2
    width, height = max(width - GAP, 0.5), max(height - GAP, 0.5)
    room = LETTER * len(of.name) + 10 <= width and height >= 24
    bands, left = [], x
    for band in of.bands:
        wide = width * band.count / of.count
        share = band.chosen / band.count if band.count else 0.0
        bands.append(BandBox(_round(left), _round(y), _round(wide), _round(height), share))
        left += wide
    return ClassBox(
        _round(x), _round(y), _round(width), _round(height), of.name if room else "", of,
        tuple(bands),
    )  # fmt: skip


def _round(value: float) -> float:
    return round(value, 2)
