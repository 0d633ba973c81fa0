"""The space macro: entangled weights, four residual blocks that are each left out or have a size.

A block of 16 channels is the identity, or x + BN(1x1(ReLU(BN(k x k(ReLU(x)))))) with a kernel of 1
or 3 to an inner width of 4, 8, 16 or 32. In a supernet the narrow and the small are parts of the
wide and the large: the first channels, and the kernel's centre.

Here: the choices, what can be counted of an architecture, the two lists. Not here: the network
(suites.supernet.networks.macro).
"""

from __future__ import annotations

import numpy as np

from suites.supernet.spaces.space import Figures, Rows, Space, every_row, shuffled

BLOCKS = 4
CHANNELS = 16
"""Of every map after the stem."""

IMAGE_CHANNELS, SIDE, CLASSES = 2, 8, 10
"""Of `overlay`."""

KERNELS, WIDTHS = (1, 3), (4, 8, 16, 32)

OPTIONS = tuple((kernel, width) for kernel in KERNELS for width in WIDTHS)
"""Kernel and inner width of each choice but the first."""

CHOICES = (("identity", *(f"{k}x{k} width {w}" for k, w in OPTIONS)),) * BLOCKS

FREE = 256
"""How many architectures the list `free` has: one of each bin of parameters."""

BAND, TOLERANCE = 4000, 0.025
"""The list `band`: within that share of so many parameters."""

BLOCK_PARAMETERS = np.array(
    [0, *(CHANNELS * width * kernel**2 + width * CHANNELS for kernel, width in OPTIONS)],
    dtype=np.int64,
)
"""Weights of a block, by its choice."""


def count_parameters(rows: Rows) -> Figures:
    """Weights of each architecture alone: stem, blocks, head."""
    fixed = 9 * IMAGE_CHANNELS * CHANNELS + CHANNELS * CLASSES
    return fixed + BLOCK_PARAMETERS[rows].sum(axis=1)


def depth3(rows: Rows) -> Figures:
    """How many blocks have a 3x3."""
    large = np.array([False, *(kernel == 3 for kernel, _ in OPTIONS)])
    return large[rows].sum(axis=1)


def chain(rows: Rows) -> Figures:
    """How many blocks have a 3x3, and how many a 1x1 alone: 5 a 3x3, 1 a 1x1."""
    small = np.array([False, *(kernel == 1 for kernel, _ in OPTIONS)])
    return 5 * depth3(rows) + small[rows].sum(axis=1)


def free() -> Rows:
    """256 of the 6,561, one of each of 256 bins of equal size by parameters."""
    rows = shuffled(every_row(CHOICES), "supernet/macro/free")
    ordered = rows[np.argsort(count_parameters(rows), kind="stable")]
    edges = np.arange(FREE) * len(ordered) // FREE
    # Rows of equal parameters are shuffled; within a bin the middle one is taken.
    return ordered[(edges + np.append(edges[1:], len(ordered))) // 2]


def band() -> Rows:
    """All 214 with 3,900 to 4,100 parameters, in the order of their digits."""
    rows = every_row(CHOICES)
    return rows[np.abs(count_parameters(rows) - BAND) <= TOLERANCE * BAND]


MACRO = Space(
    name="macro",
    choices=CHOICES,
    place_titles=tuple(f"block {block}" for block in range(BLOCKS)),
    count_parameters=count_parameters,
    features={"depth3": depth3, "chain": chain},
    draws={"free": free, "band": band},
    nested=True,
    options=OPTIONS,
    blocks=True,
)
