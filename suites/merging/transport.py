"""Optimal transport between two networks' channels, whose numbers may differ.

Here: applying transports to a state, finding them layer by layer, the mean of experts transported
to the first. A transport has shape (the other's channels, the first's) and columns of sum 1: which
mixture of the other's channels stands for each of the first's. Not here: which axes belong together
(suites.merging.channels), solving one problem of transport (the methods).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from suites.merging.channels import Axis, Channels, read_structure
from suites.merging.permutations import by_channel, own_states
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, average

Solve = Callable[[Tensor], Tensor]
"""`solve(cost) -> plan`: masses of shape (the other's channels, the first's), in all 1."""


def merge_transported(problem: MergingProblem, solve: Solve) -> State:
    """The mean of the experts, each transported to the first one's channels."""
    groups = read_structure(problem.model, problem.experts[0]).groups
    first, *others = own_states(problem)
    return average([first] + [transport(first, other, groups, solve) for other in others])


def transport(first: State, other: State, groups: Sequence[Channels], solve: Solve) -> State:
    """The other network in the first one's channels.

    Group by group in the order of the forward pass: the cost is the Euclidean distance between the
    weights by which the group's first layer makes a channel, its inputs being transported already.

    Args:
        first, other: states of one structure; widths may differ.
        groups: the first one's.
        solve: gives the plan of least cost at equal masses of all channels.
    """
    moved = dict(other)
    for group in groups:
        maker = next(axis for axis in group.axes if axis.axis == 0 and first[axis.name].dim() > 1)
        distance = torch.cdist(
            by_channel(moved[maker.name], maker), by_channel(first[maker.name], maker)
        )
        plan = solve(distance)
        mixture = plan / plan.sum(0)
        for axis in group.axes:
            moved[axis.name] = mix(moved[axis.name], axis, mixture)
    return moved


def mix(tensor: Tensor, axis: Axis, mixture: Tensor) -> Tensor:
    """One axis's channels mixed into others, blocks staying together.

    Args:
        mixture: shape (channels, new channels).
    """
    rows = mixture.T.to(tensor.dtype) @ by_channel(tensor, axis)
    rest = [size for i, size in enumerate(tensor.shape) if i != axis.axis]
    length = mixture.shape[1] * axis.block
    return rows.reshape(length, *rest).movedim(0, axis.axis).contiguous()
