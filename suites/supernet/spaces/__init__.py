"""The spaces of architectures; `find(name)` gives one. Plain numpy: nothing here imports torch."""

from __future__ import annotations

from suites.supernet.spaces.macro import MACRO
from suites.supernet.spaces.micro201 import MICRO201
from suites.supernet.spaces.nbgraph import NBGRAPH
from suites.supernet.spaces.pooling import POOLING
from suites.supernet.spaces.space import Rows, Space

__all__ = ["SPACES", "Rows", "Space", "find"]

SPACES = {space.name: space for space in (MICRO201, MACRO, POOLING, NBGRAPH)}
"""By name."""


def find(name: str) -> Space:
    """The space of that name.

    Raises:
        ValueError: there is none.
    """
    if name not in SPACES:
        raise ValueError(f"there is no space {name!r}; there are {', '.join(SPACES)}")
    return SPACES[name]
