"""The space micro201: the cell of NAS-Bench-201, on a network of one cell.

A cell has four nodes; node 0 is its input, node 3 its output, and each node is the sum of what the
edges from the earlier nodes bring. An edge is none, skip, a convolution (ReLU, convolution,
BatchNorm) of 1x1 or 3x3, or average pooling of 3x3. Digits stand in the order of NAS-Bench-201
(Dong, Yang, https://arxiv.org/abs/2001.00326): 1<-0, 2<-0, 2<-1, 3<-0, 3<-1, 3<-2.

Here: which edges count, which cells are the same, what can be counted of a cell, the two lists. Not
here: the network (suites.supernet.networks.micro201).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from suites.supernet.spaces.space import Figures, Rows, Space, every_row, shuffled

EDGES = ((1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2))
"""Of each place: the node that the edge ends in, and the one that it comes from."""

OPERATORS = ("none", "skip", "1x1", "3x3", "pool")
NONE, SKIP, SMALL, LARGE, POOL = range(5)

OUTPUT = 3
"""The node that is the cell's output."""

CHANNELS = 16
"""Of every map after the stem."""

IMAGE_CHANNELS, SIDE, CLASSES = 2, 8, 10
"""Of `overlay`."""

CHOICES = (OPERATORS,) * len(EDGES)

PATHS = ((3,), (0, 4), (1, 5), (0, 2, 5))
"""The ways from the input to the output, as places."""

FREE, EQUAL = 1024, 512
"""How many architectures the lists have."""


def live(row: Any) -> tuple[bool, ...]:
    """Which edges the output depends on: those on a path from the input without a none."""
    on = {place for path in PATHS if all(row[p] != NONE for p in path) for place in path}
    return tuple(place in on for place in range(len(EDGES)))


def expression(row: Any) -> str | None:
    """What a cell computes; equal for cells that are the same network. None: nothing.

    A node is the sum of its terms in an order of their own; a none, or an edge from a node that is
    nothing, brings no term; a skip brings its node as it is, and a sum of one term is that term.
    """
    nodes: list[str | None] = ["x", None, None, None]
    for node in range(1, OUTPUT + 1):
        terms = []
        for (end, start), operator in zip(EDGES, row, strict=True):
            source = nodes[start]
            if end != node or operator == NONE or source is None:
                continue
            terms.append(source if operator == SKIP else f"{OPERATORS[operator]}({source})")
        joined = f"sum({', '.join(sorted(terms))})"
        nodes[node] = None if not terms else terms[0] if len(terms) == 1 else joined
    return nodes[OUTPUT]


@cache
def _alive() -> Rows:
    first: dict[str, Any] = {}
    for row in every_row(CHOICES):
        text = expression(row)
        if text is not None:
            first.setdefault(text, row)
    return np.array(list(first.values()), dtype=np.int8)


def alive() -> Rows:
    """The 5,772 different cells whose output is something, each by the first of its rows."""
    return _alive().copy()


def same_size() -> Rows:
    """The 702 of them with two 3x3, one 1x1 and no dead edge: equal parameters and FLOPs."""
    return np.array(
        [
            row
            for row in alive()
            if (row == LARGE).sum() == 2
            and (row == SMALL).sum() == 1
            and all(on or operator == NONE for on, operator in zip(live(row), row, strict=True))
        ],
        dtype=np.int8,
    )


def count_parameters(rows: Rows) -> Figures:
    """Weights of each architecture alone: stem, live convolutions, head; of a dead one the head."""
    square = CHANNELS * CHANNELS
    weights = {SMALL: square, LARGE: 9 * square}
    stem, head = 9 * IMAGE_CHANNELS * CHANNELS, CHANNELS * CLASSES
    totals = []
    for row in rows:
        edges = [weights.get(int(o), 0) for o, on in zip(row, live(row), strict=True) if on]
        totals.append(head + (stem if edges else 0) + sum(edges))
    return np.array(totals, dtype=np.int64)


def _along_paths(row: Any) -> list[tuple[int, int]]:
    """Of each way through the cell without a none: its number of 3x3 and of 1x1."""
    return [
        (sum(row[p] == LARGE for p in path), sum(row[p] == SMALL for p in path))
        for path in PATHS
        if all(row[p] != NONE for p in path)
    ]


def depth3(rows: Rows) -> Figures:
    """The most 3x3 on one path from input to output, 0 to 3."""
    return np.array(
        [max((large for large, _ in _along_paths(row)), default=0) for row in rows], dtype=np.int64
    )


def chain(rows: Rows) -> Figures:
    """The most 3x3 on one path, and among such paths the most 1x1: 4 a 3x3, 1 a 1x1."""
    best = [max(_along_paths(row), default=(0, 0)) for row in rows]
    return np.array([4 * large + small for large, small in best], dtype=np.int64)


MICRO201 = Space(
    name="micro201",
    choices=CHOICES,
    place_titles=tuple(f"{end}<-{start}" for end, start in EDGES),
    count_parameters=count_parameters,
    features={"depth3": depth3, "chain": chain},
    draws={
        "free": lambda: shuffled(alive(), "supernet/micro201/free")[:FREE],
        "equal": lambda: shuffled(same_size(), "supernet/micro201/equal")[:EQUAL],
    },
)
