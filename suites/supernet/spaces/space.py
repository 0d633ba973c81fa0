"""What a space of architectures is, in plain data.

Here: `Space`, how architectures are written down, and the draw of a fixed list that no library's
generator can change. Not here: which choices a space has (its own module), the networks that its
architectures stand for (suites.supernet.networks).

An architecture is a row of int8, one number a place: the choice that is taken there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int8]
"""Architectures, shape (architectures, places)."""

Figures = NDArray[np.int64]
"""A whole number for each architecture, shape (architectures,)."""


@dataclass(frozen=True, kw_only=True)
class Space:
    """A space of architectures.

    Attributes:
        name: the space's.
        choices: for each place the titles of its choices; choice i of a place is titled
            `choices[place][i]`.
        place_titles: of the places, in the same order.
        count_parameters: weights of each architecture trained alone; those that its output doesn't
            depend on aren't there.
        features: what can be counted of an architecture without training it, by name: a function
            from rows to figures.
        draws: the fixed lists that are ranked, by name: a function that gives their rows.
        encode: an architecture as numbers that a predictor can learn from, shape (architectures,
            numbers), where one-hot choices would hide what choices share.
        nested: whether a choice's weights are a part of another's, so that there is a largest and
            a smallest architecture.
        options: where it is nested, kernel and width of each choice but the first, which is the
            identity; the same at each place.
        blocks: whether each place is a block of its own, which hands one tensor to the next.
    """

    name: str
    choices: tuple[tuple[str, ...], ...]
    place_titles: tuple[str, ...]
    count_parameters: Callable[[Rows], Figures]
    features: Mapping[str, Callable[[Rows], Figures]]
    draws: Mapping[str, Callable[[], Rows]]
    encode: Callable[[Rows], Figures] | None = None
    nested: bool = False
    options: tuple[tuple[int, int], ...] = ()
    blocks: bool = False

    @property
    def places(self) -> int:
        """How many numbers an architecture has."""
        return len(self.choices)

    @property
    def same_choices(self) -> bool:
        """Whether several places offer the same operators."""
        return self.places > 1 and len(set(self.choices)) == 1

    @property
    def size(self) -> int:
        """How many rows there are, of which several may be the same network."""
        return prod(len(choices) for choices in self.choices)

    @cached_property
    def lists(self) -> Mapping[str, Rows]:
        """The fixed lists that are ranked, by name. Not to be written to."""
        lists = {name: draw() for name, draw in self.draws.items()}
        for rows in lists.values():
            rows.setflags(write=False)
        return lists

    def encoded(self, rows: Rows) -> Figures:
        """Architectures as numbers for a predictor, shape (architectures, numbers).

        They are the space's own where it has some, else each place's choice, one-hot.
        """
        if self.encode is not None:
            return self.encode(rows)
        columns = [
            rows[:, place : place + 1] == np.arange(len(choices))
            for place, choices in enumerate(self.choices)
        ]
        return np.concatenate(columns, axis=1).astype(np.int64)

    def all(self) -> Rows:
        """Every row, in the order of its digits."""
        return every_row(self.choices)

    def check(self, architecture: Any) -> tuple[int, ...]:
        """The architecture as a tuple of whole numbers.

        Raises:
            ValueError: it has another number of places, or takes a choice that isn't there.
        """
        digits = tuple(int(choice) for choice in architecture)
        if len(digits) != self.places or any(
            not 0 <= digit < len(choices)
            for digit, choices in zip(digits, self.choices, strict=False)
        ):
            counts = ", ".join(str(len(choices)) for choices in self.choices)
            raise ValueError(
                f"{digits} is no architecture of {self.name}: give {self.places} whole numbers, "
                f"each at least 0 and below {counts} in this order"
            )
        return digits


def every_row(choices: tuple[tuple[str, ...], ...]) -> Rows:
    """Every combination of choices, in the order of its digits."""
    ranges = [range(len(titles)) for titles in choices]
    return np.array(list(product(*ranges)), dtype=np.int8)


def digits(row: Any) -> str:
    """The architecture's digits joined, e.g. `031204`; of pooling two-digit choices stay whole."""
    return (
        "-".join(str(int(choice)) for choice in row)
        if max(row) > 9
        else "".join(str(int(choice)) for choice in row)
    )


def shuffled(rows: Rows, purpose: str) -> Rows:
    """The rows in an order that depends on the purpose alone: by the digest of each.

    Lists are drawn once for everybody, so they hang on no library's generator.
    """

    def place(row: Any) -> bytes:
        return sha256(f"{purpose}/{digits(row)}".encode()).digest()

    return np.array(sorted(rows, key=place), dtype=np.int8)
