"""The networks of the spaces; `small(name)` gives the one that the tiers smoke and small train."""

from __future__ import annotations

from functools import cache

from suites.supernet.network import Network
from suites.supernet.networks.macro import MacroNetwork
from suites.supernet.networks.micro201 import Micro201Network
from suites.supernet.networks.pooling import PoolingNetwork

__all__ = ["NETWORKS", "small"]

NETWORKS: dict[str, type[Network]] = {
    "micro201": Micro201Network,
    "macro": MacroNetwork,
    "pooling": PoolingNetwork,
}
"""By the name of the space."""


@cache
def small(name: str) -> Network:
    """The network of a space at the size for `overlay`.

    Raises:
        ValueError: there is no such space.
    """
    if name not in NETWORKS:
        raise ValueError(f"there is no space {name!r}; there are {', '.join(NETWORKS)}")
    return NETWORKS[name]()  # type: ignore[call-arg]  # each has its own defaults
