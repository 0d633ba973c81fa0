"""What fine-tuning changed, in the forms in which merging methods take it.

Here: t_i = theta_i - theta_0 of a problem's experts, all at once, one by one, name by name or piece
by piece, and theta_0 with a change added. For large networks prefer the functions that go name by
name (`sum_task_vectors`) or piece by piece (the `split_` ones, `merge_each_weight`): they hold
one state, not K. Nothing here changes its arguments. Not here: states and vectors themselves
(suites.merging.vectors), matrices' singular values (suites.merging.spectral).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from suites.merging.problem import MergingProblem
from suites.merging.vectors import (
    LARGE,
    State,
    copy_state,
    flatten,
    stack,
    unflatten,
    vector_type,
)

PIECE = 2**15
"""Weights of each expert that are worked on at once: few enough that they stay in the cache."""


def stack_task_vectors(problem: MergingProblem) -> Tensor:
    """t_i = theta_i - theta_0 for every expert, shape (experts, weights)."""
    return stack(problem.experts).sub_(flatten(problem.pretrained))


def add_task_vector(pretrained: State, vector: Tensor, scale: float = 1.0) -> State:
    """theta_0 + scale * vector, as a state.

    Args:
        pretrained: theta_0.
        vector: shape (weights,).
        scale: no unit.
    """
    return add_change(pretrained, unflatten(vector, pretrained), scale)


def add_change(pretrained: State, change: State, scale: float = 1.0) -> State:
    """theta_0 + scale * change, name by name; what isn't floating-point stays that of theta_0.

    Args:
        pretrained: theta_0.
        change: holds at least the floating-point names.
        scale: no unit.
    """
    return {
        name: tensor.add(change[name], alpha=scale)
        if tensor.is_floating_point()
        else tensor.clone()
        for name, tensor in pretrained.items()
    }


def sum_task_vectors(problem: MergingProblem) -> State:
    """sum_i (theta_i - theta_0), name by name: 2KP FLOPs, the memory of one state."""
    total = {}
    for name, start in problem.pretrained.items():
        if start.is_floating_point():
            change = torch.zeros_like(start)
            for expert in problem.experts:
                change += expert[name] - start
            total[name] = change
    return total


def split_task_vectors(problem: MergingProblem) -> Iterator[tuple[str, slice, Tensor]]:
    """The task vectors piece by piece, for work that looks at each weight by itself.

    A pass over large states takes as long as reading them, so all that is to be done with a piece
    is done while it is in the cache.

    Yields:
        A tensor's name, which of its numbers (in their flat order), and how every expert changed
        them: shape (experts, at most PIECE), the caller's own to overwrite.
    """
    for name, start in problem.pretrained.items():
        if start.is_floating_point():
            flat = start.reshape(-1)
            others = [expert[name].reshape(-1) for expert in problem.experts]
            for first in range(0, len(flat), PIECE):
                where = slice(first, first + PIECE)
                yield name, where, torch.stack([o[where] for o in others]).sub_(flat[where])


def merge_each_weight(
    problem: MergingProblem, merge: Callable[[Tensor], Tensor], scale: float = 1.0
) -> State:
    """theta_0 + scale * merge(t_1 .. t_K), for a merge that treats each weight by itself.

    Args:
        problem: the experts and the pretrained weights.
        merge: from changes of shape (experts, some weights), which it may overwrite, to the
            merged change of each, shape (some weights,).
        scale: no unit.
    """
    merged = copy_state(problem.pretrained)
    for name, where, changes in split_task_vectors(problem):
        merged[name].view(-1)[where].add_(merge(changes), alpha=scale)
    return merged


def task_vectors(problem: MergingProblem) -> Iterator[Tensor]:
    """t_i = theta_i - theta_0 of one expert after the other, each of shape (weights,)."""
    start = flatten(problem.pretrained)
    for expert in problem.experts:
        yield flatten(expert).sub_(start)


def split_task_vector(problem: MergingProblem, expert: State) -> Iterator[Tensor]:
    """t = theta - theta_0 of one expert, piece by piece in the order of a state's vector.

    Yields:
        Shape (at most LARGE,), all of one type, the caller's own to overwrite.
    """
    dtype = vector_type(problem.pretrained)
    for name, start in problem.pretrained.items():
        if start.is_floating_point():
            own, origin = expert[name].reshape(-1), start.reshape(-1)
            for first in range(0, len(own), LARGE):
                where = slice(first, first + LARGE)
                yield own[where].to(dtype) - origin[where]
