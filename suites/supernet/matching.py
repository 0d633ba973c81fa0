"""How far choices pull the rest of a supernet apart, and which place to split by it.

Here: the distance of gradients under two choices, groups of choices that pull alike, the place that
gains most from being split. Not here: training the parts (methods/supernet/gm_fewshot.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from suites.supernet.paths import Allowed, among, every
from suites.supernet.problem import SupernetProblem

EPSILON = 1e-6
"""Added to the product of norms: a gradient of zeros is at distance 1 of all."""

Distances = NDArray[np.float64]


@dataclass(frozen=True)
class Split:
    """A place's choices in two groups.

    Attributes:
        place: which.
        groups: two choices that pull alike, and the others; ascending.
        gain: the sum of distances between the groups.
    """

    place: int
    groups: tuple[tuple[int, ...], tuple[int, ...]]
    gain: float


def best_split(
    problem: SupernetProblem,
    weights: Mapping[str, Tensor],
    allowed: Allowed,
    images: int,
) -> Split:
    """The place, of those whose choices are all allowed, that gains most from being split.

    Args:
        allowed: the choices of the supernet that these weights are of.
        images: how many each choice of each place sees, in batches of at most the usual size.
    """
    whole = every(problem.space)
    places = [p for p, choices in enumerate(allowed) if choices == whole[p]]
    splits = [
        split(place, gradient_distances(problem, weights, allowed, place, images))
        for place in places
    ]
    return max(splits, key=lambda found: found.gain)


def split(place: int, distances: Distances) -> Split:
    """Two choices against the rest, with the least distance inside the two groups together.

    Args:
        distances: of each pair of choices, shape (choices, choices), symmetric.
    """
    numbers = range(len(distances))
    everything = inside(distances, numbers)
    best = None
    for two in combinations(numbers, 2):
        rest = tuple(number for number in numbers if number not in two)
        gain = everything - inside(distances, two) - inside(distances, rest)
        if best is None or gain > best.gain:
            best = Split(place, (two, rest), gain)
    assert best is not None
    return best


def inside(distances: Distances, group: Sequence[int]) -> float:
    """The sum over pairs of a group."""
    return sum(float(distances[pair]) for pair in combinations(group, 2))


def gradient_distances(
    problem: SupernetProblem,
    weights: Mapping[str, Tensor],
    allowed: Allowed,
    place: int,
    images: int,
) -> Distances:
    """1 - cos of the gradients under each pair of a place's choices, of all weights not its own.

    For each batch the rest of the path is drawn once, for all choices; the mean is over batches.

    Args:
        images: in all batches together.
    Returns:
        Shape (choices, choices), zeros on the diagonal.
    """
    network = problem.network
    choices = range(len(problem.space.choices[place]))
    own = {name for choice in choices for name in network.weights_of(place, choice)}
    names = [name for name in weights if name not in own]
    count = ceil(images / problem.updates.batch)
    total = np.zeros((len(choices), len(choices)))
    for batch in first_batches(problem, count, ceil(images / count)):
        path = among(allowed, problem.generator)[0]
        gradients = []
        for choice in choices:
            path[place] = choice
            found = problem.step(weights, path, *batch).gradients
            parts = [found.get(name, torch.zeros_like(weights[name])) for name in names]
            gradients.append(torch.cat([part.flatten() for part in parts]))
        total += one_minus_cosine(torch.stack(gradients))
    return total / count


def first_batches(
    problem: SupernetProblem, count: int, size: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """So many batches of the training images, cut to a size."""
    for _, (images, labels) in zip(range(count), problem.batches(), strict=False):
        yield images[:size], labels[:size]


def one_minus_cosine(vectors: Tensor) -> Distances:
    """Of each pair of rows: (rows, numbers) -> (rows, rows), zeros on the diagonal."""
    products = vectors @ vectors.T
    norms = products.diagonal().sqrt()
    distances = 1 - products / (norms[:, None] * norms + EPSILON)
    return distances.fill_diagonal_(0).double().numpy()
