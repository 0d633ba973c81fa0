"""Networks of the spaces: `build` gives a task's, `small` a space's at the size for `overlay`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from suites.supernet.network import Network
from suites.supernet.networks.macro import MacroNetwork
from suites.supernet.networks.micro201 import Micro201Network
from suites.supernet.networks.pooling import PoolingNetwork

__all__ = ["NETWORKS", "build", "small"]

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


def build(settings: Mapping[str, Any]) -> Network:
    """The network that a task's settings name.

    Args:
        settings: `space`, and what else its class takes, if not the size for `overlay`.
    """
    size = {name: value for name, value in settings.items() if name != "space"}
    return NETWORKS[settings["space"]](**size) if size else small(settings["space"])
