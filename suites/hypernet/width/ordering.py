"""The order of a network's hidden units in which neighbours are alike.

Here: the shortest path through a layer's units, and a network with its units in that order, which
computes the same. Not here: what the order is good for (suites.hypernet.width.coordinates).
"""

from __future__ import annotations

from collections.abc import Mapping

import fast_tsp
import torch
import torch.nn.functional as F
from torch import Tensor

SECONDS = 0.1
"""How long a path is looked for. Paths through 32 units were the best ones after .01."""

UNITS = 65_535
"""The largest distance, as the solver counts in whole numbers."""


def smooth(parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same network, the units of each hidden layer in the order of a shortest path.

    Args:
        parameters: `layers.{i}.weight` (out, in) and `layers.{i}.bias` (out,).
    """
    found = dict(parameters)
    hidden = len(found) // 2 - 1
    for i in range(hidden):
        order = shortest_path(distances(found, i))
        for name in (f"layers.{i}.weight", f"layers.{i}.bias"):
            found[name] = found[name][order]
        behind = f"layers.{i + 1}.weight"
        found[behind] = found[behind][:, order]
    return found


def distances(parameters: Mapping[str, Tensor], layer: int) -> Tensor:
    """Sums of absolute differences between a hidden layer's units, shape (units, units).

    A unit is all numbers that belong to it: its weights, its bias, and its column in the next
    layer's weights.
    """
    weight, bias = parameters[f"layers.{layer}.weight"], parameters[f"layers.{layer}.bias"]
    units = torch.cat([weight, bias[:, None], parameters[f"layers.{layer + 1}.weight"].mT], dim=1)
    return torch.cdist(units, units, p=1)


def shortest_path(between: Tensor) -> Tensor:
    """The shortest path that visits every unit once: int64 (units,).

    It is the shortest tour with a further place that is at no distance from all, cut there; of its
    two directions that which starts at the unit with the lower number.

    Source: Yang and Wang, "Neural Metamorphosis" (2024), https://arxiv.org/abs/2410.11878, section
    3.3; the solver is a heuristic.
    """
    if len(between) < 3:
        return torch.arange(len(between))
    scaled = between / between.max().clamp(min=1e-12) * UNITS
    whole = F.pad(scaled.round().int(), (1, 0, 1, 0))
    tour = fast_tsp.find_tour(whole.numpy(), duration_seconds=SECONDS)
    start = tour.index(0)
    path = [place - 1 for place in tour[start + 1 :] + tour[:start]]
    return torch.tensor(path if path[0] < path[-1] else path[::-1])


def length(between: Tensor, order: Tensor) -> float:
    """How long a path is."""
    return float(between[order[:-1], order[1:]].sum())
