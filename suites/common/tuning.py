"""The points of a grid of hyperparameters that tuning tries, and which of them it keeps.

Here: every combination of a method's space, how many of them a number of trials allows, and the
choice among those that validate best. Not here: what a trial is (a suite's harness).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
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


EQUAL = 1e-9
"""Accuracies this close are equal: the same hits summed in another order round differently."""


def best_of(accuracies: Sequence[float]) -> list[int]:
    """Indices of all that equal the largest."""
    largest = max(accuracies)
    return [i for i, accuracy in enumerate(accuracies) if accuracy >= largest - EQUAL]


def middle_of_best(
    space: Mapping[str, Sequence[Any]],
    tried: Sequence[Mapping[str, Any]],
    accuracies: Sequence[float],
) -> int:
    """The point that tuning keeps: of those that validate best, the one in their middle.

    A validation set of some hundred examples makes plateaus. Their first point lies at their edge,
    where the next examples may fall off, and at the grid's lower edge more often than not.

    A point stands where its values stand in the lists of the space, from 0 (first) to 1 (last) for
    each hyperparameter. Kept is the tied point nearest to the tied points' mean place; of equally
    near ones the first. With one hyperparameter and no gap that is the median, the lower of two.

    Args:
        space: hyperparameter -> values, in the grid's order.
        tried: points of that space.
        accuracies: one for each point.
    Returns:
        The index of the point in `tried`.
    """
    tied = best_of(accuracies)
    places = [
        [
            Fraction(list(values).index(tried[i][name]), max(1, len(values) - 1))
            for name, values in space.items()
        ]
        for i in tied
    ]
    mean = [sum(column) / len(tied) for column in zip(*places, strict=True)]
    distances = [
        sum((value - middle) ** 2 for value, middle in zip(place, mean, strict=True))
        for place in places
    ]
    return tied[distances.index(min(distances))]
