"""The points of a grid of hyperparameters that tuning tries.

Here: every combination of a method's space, and how many of them a number of trials allows. Not
here: what a trial is and which point is chosen (a suite's harness).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from bench.contract.job import ContractError


def grid_points(space: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    """Every combination of the space's values; the last hyperparameter changes fastest."""
    return [dict(zip(space, values, strict=True)) for values in product(*space.values())]


def thin(points: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """At most `most` of the points, spread evenly from the first to the last, in their order.

    Raises:
        ContractError: no trial is allowed at all.
    """
    if most < 1:
        raise ContractError("tuning needs at least one trial in the task's budget")
    if len(points) <= most:
        return points
    if most == 1:
        return points[:1]
    return [points[round(i * (len(points) - 1) / (most - 1))] for i in range(most)]
