"""Distances between examples, and the greedy rules that choose by them, a class at a time or not.

Here: functions of points (n, d), of similarities (n, n) and of labels; none draws anything, and of
equal candidates the first wins. Not here: gradients as points (suites.selection.last_layer),
k-means (suites.selection.clusters), scores and quotas (suites.selection.scores), how good a set is
(suites.selection.figures).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import quotas

OrderOf = Callable[[Tensor, int], Tensor]
"""From the numbers of a class's members and how many are wanted at the most to positions in it."""


def squared_distances(points: Tensor, others: Tensor | None = None) -> Tensor:
    """|x_i - z_j|^2, never negative, shape (n, m); by default among the points themselves."""
    others = points if others is None else others
    squares = points.square().sum(1)[:, None] + others.square().sum(1)
    return (squares - 2 * (points @ others.T)).clamp(min=0)


def distances(points: Tensor, others: Tensor | None = None) -> Tensor:
    """|x_i - z_j|, shape (n, m)."""
    return squared_distances(points, others).sqrt()


def unit(points: Tensor) -> Tensor:
    """Each point divided by its length; a point at 0 stays there."""
    return points / points.norm(dim=1, keepdim=True).clamp(min=1e-12)


def similarity(distance: Tensor) -> Tensor:
    """The largest distance less each: not negative, and largest between a point and itself."""
    return distance.max() - distance


# --- a class at a time ---------------------------------------------------------------------------


def members_by_class(labels: Tensor, classes: int) -> list[Tensor]:
    """The numbers of each class's examples, ascending."""
    return [(labels == label).nonzero()[:, 0] for label in range(classes)]


def first_by_class(
    labels: Tensor, classes: int, sizes: Sequence[int], order_of: OrderOf
) -> dict[int, list[Tensor]]:
    """For each size, of each class as many of its order as its share of the pool entitles it to.

    Each class is ordered once, as far as the largest size needs, and every size takes a beginning.

    Args:
        labels: int64, shape (n,).
        order_of: may give fewer positions than are wanted, and no position twice.
    Returns:
        size -> numbers of the pool for each class.
    """
    members = members_by_class(labels, classes)
    counts = torch.tensor([len(numbers) for numbers in members])
    wanted = {size: quotas(counts, size, counts).tolist() for size in sizes}
    orders = []
    for label, numbers in enumerate(members):
        most = max(wanted[size][label] for size in sizes)
        orders.append(numbers[order_of(numbers, most)] if most else numbers[:0])
    return {
        size: [order[:count] for order, count in zip(orders, wanted[size], strict=True)]
        for size in sizes
    }


def joined_by_class(
    labels: Tensor, classes: int, sizes: Sequence[int], order_of: OrderOf
) -> dict[int, Tensor]:
    """As `first_by_class`, the classes one after another."""
    parts = first_by_class(labels, classes, sizes, order_of)
    return {size: torch.cat(numbers) for size, numbers in parts.items()}


def chosen_by_class(
    problem: SelectionProblem, points: Tensor, rule: Callable[[Tensor, int], Tensor]
) -> Chosen:
    """At every size, what a rule takes of each class's points, by the classes' shares.

    Args:
        points: of the pool, shape (n, d).
        rule: from a class's points and how many are wanted at the most to places in their order.
    """

    def order_of(members: Tensor, most: int) -> Tensor:
        return rule(points[members], most)

    return Chosen(joined_by_class(problem.labels, problem.classes, problem.sizes, order_of))


# --- greedy rules --------------------------------------------------------------------------------


def facility_location(similarities: Tensor, size: int) -> Tensor:
    """Greedy maximisation of sum_i max_{j in S} s_ij, in the order of choice, int64 (size,).

    The gain of j is sum_i max(0, s_ij - max_{k in S} s_ik).

    Args:
        similarities: not negative, shape (n, n).
    """
    covered = torch.zeros(len(similarities), dtype=similarities.dtype)
    free = torch.ones(len(similarities), dtype=torch.bool)
    order = []
    for _ in range(size):
        gains = (similarities - covered[:, None]).clamp(min=0).sum(0)
        best = int(gains.where(free, -1.0).argmax())
        order.append(best)
        free[best] = False
        covered = torch.maximum(covered, similarities[:, best])
    return torch.tensor(order, dtype=torch.int64)


def farthest_first(points: Tensor, size: int, first: int) -> Tensor:
    """Each time the point farthest from those chosen, in the order of choice, int64 (size,).

    Args:
        first: the number of the one to begin with.
    """
    squares = points.square().sum(1)
    nearest, order = torch.full_like(squares, torch.inf), [first]
    while len(order) < size:
        last = order[-1]
        to_last = squares + squares[last] - 2 * (points @ points[last])
        nearest = torch.minimum(nearest, to_last)
        nearest[last] = -torch.inf
        order.append(int(nearest.argmax()))
    return torch.tensor(order[:size], dtype=torch.int64)


def nearest_of(distance: Tensor, chosen: Tensor) -> Tensor:
    """Which of the chosen is nearest to each point, as a place in `chosen`, int64 (n,).

    A chosen point is its own nearest, whatever rounding or a copy of it say.

    Args:
        distance: shape (n, n).
        chosen: numbers of points.
    """
    nearest = distance[:, chosen].argmin(1)
    nearest[chosen] = torch.arange(len(chosen))
    return nearest
