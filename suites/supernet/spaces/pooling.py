"""The space pooling: where a residual network halves its maps.

Nine residual blocks of 8 channels, one 3x3 each; the maps are halved before two of them: 36 pairs,
with equal parameters, after Javan, Toews, Pedersoli (https://arxiv.org/abs/2306.11982).

Here: the choices, what can be counted of an architecture, the one list. Not here: the network
(suites.supernet.networks.pooling).
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from suites.supernet.spaces.space import Figures, Rows, Space, every_row

BLOCKS = 9
CHANNELS = 8
"""Of every map after the stem."""

IMAGE_CHANNELS, SIDE, CLASSES = 2, 8, 10
"""Of `overlay`."""

PAIRS = tuple(combinations(range(BLOCKS), 2))
"""The blocks before which the maps are halved, by choice."""

CHOICES = (tuple(f"before {first} and {second}" for first, second in PAIRS),)


def count_parameters(rows: Rows) -> Figures:
    """Weights: the same for all."""
    weights = 9 * IMAGE_CHANNELS * CHANNELS + BLOCKS * 9 * CHANNELS**2 + CHANNELS * CLASSES
    return np.full(len(rows), weights, dtype=np.int64)


def late_pooling(rows: Rows) -> Figures:
    """The two blocks' numbers added: how long the maps stay large, 1 to 15."""
    return np.array(PAIRS, dtype=np.int64).sum(axis=1)[rows[:, 0]]


def encode(rows: Rows) -> Figures:
    """For each block whether maps are halved before it, shape (architectures, 9)."""
    halved = np.array([[block in pair for block in range(BLOCKS)] for pair in PAIRS])
    return halved[rows[:, 0]].astype(np.int64)


POOLING = Space(
    name="pooling",
    choices=CHOICES,
    place_titles=("halved",),
    count_parameters=count_parameters,
    features={"late_pooling": late_pooling},
    encode=encode,
    draws={"all": lambda: every_row(CHOICES)},
)
