"""Networks of the spaces: `small` for `overlay`, `nas_bench_201` for CIFAR, `build` a task's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from suites.supernet.network import Network
from suites.supernet.networks.macro import MacroNetwork
from suites.supernet.networks.micro201 import Micro201Network
from suites.supernet.networks.pooling import PoolingNetwork

__all__ = ["NETWORKS", "build", "nas_bench_201", "small"]

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


@cache
def nas_bench_201() -> Micro201Network:
    """The network of NAS-Bench-201 for CIFAR-10: three stages of five cells."""
    return Micro201Network(stages=(16, 32, 64), cells=5, image_channels=3, side=32, stem_stride=1)


def build(settings: Mapping[str, Any]) -> Network:
    """The network that a task's settings name.

    Args:
        settings: `space`, and `size`, `small` or `nas_bench_201`.
    """
    return nas_bench_201() if settings["size"] == "nas_bench_201" else small(settings["space"])
