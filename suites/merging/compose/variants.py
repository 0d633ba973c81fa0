"""The assets of a task that is a compositional one but for some of its builders.

Here: compose's assets with other builders, or more arguments, in the places of some; what is built
from them follows. Not here: the assets themselves (suites.merging.compose.assets).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bench.contract.asset import Asset


def replaced_builders(
    assets: Sequence[Asset],
    builders: Mapping[str, str],
    arguments: Mapping[str, Mapping[str, Any]],
    seconds: Mapping[str, float],
) -> tuple[Asset, ...]:
    """The same assets, each built from the others as they are now.

    Args:
        assets: each after those that it is built from.
        builders: an asset's name -> the builder in its place.
        arguments: an asset's name -> arguments that it has besides.
        seconds: an asset's name -> what building it takes.
    """
    made: dict[str, Asset] = {}
    for asset in assets:
        name = asset.name
        made[name] = replace(
            asset,
            builder=builders.get(name, asset.builder),
            arguments={**asset.arguments, **arguments.get(name, {})},
            inputs=tuple(made[needed.name] for needed in asset.inputs),
            seconds=seconds.get(name, asset.seconds),
        )
    return tuple(made.values())
