"""Draws of architectures other than the uniform one, which is a network's `sample`.

Here: one of each choice at each place, and a uniform draw among the choices that are allowed. Not
here: draws by what was learnt, which their methods make themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Generator

from suites.supernet.spaces.space import Rows, Space

Allowed = tuple[tuple[int, ...], ...]
"""For each place the choices that may be taken there."""


def every(space: Space) -> Allowed:
    """All choices at each place."""
    return tuple(tuple(range(len(choices))) for choices in space.choices)


def fixed(allowed: Allowed, place: int, choices: Sequence[int]) -> Allowed:
    """The same with only these choices at one place."""
    return (*allowed[:place], tuple(choices), *allowed[place + 1 :])


def among(allowed: Allowed, generator: Generator, count: int = 1) -> Rows:
    """Architectures with each place's choice drawn uniformly among the allowed, for itself.

    Args:
        allowed: at least one choice a place.
        count: how many; the same may come twice.
    Returns:
        int8, shape (count, places).
    """
    columns = [
        torch.tensor(choices)[torch.randint(len(choices), (count,), generator=generator)]
        for choices in allowed
    ]
    return torch.stack(columns, dim=1).to(torch.int8).numpy()


def drawing(allowed: Allowed, generator: Generator) -> Callable[[], Rows]:
    """What draws one such architecture each time that it is called."""
    return lambda: among(allowed, generator)


def fair(space: Space, generator: Generator) -> Rows:
    """As many architectures as there are choices, each choice once at each place.

    At each place the order of the choices is drawn anew.

    Args:
        space: every place has equally many choices.
    Returns:
        int8, shape (choices, places).
    """
    number = len(space.choices[0])
    orders = [torch.randperm(number, generator=generator) for _ in space.choices]
    return torch.stack(orders, dim=1).to(torch.int8).numpy()
