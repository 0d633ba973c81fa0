"""How two states are held against each other, and how a method is run on parts of a problem.

Here: what the tests of this folder share. Not here: calls of the other packages (others.py).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, flatten

RELATIVE = 2e-5
"""Of the largest change: float32 holds 7 digits, sums over matrices lose one or two."""


def change(merged: State, problem: MergingProblem) -> Tensor:
    """What the merge changed in the pretrained state, as a vector, shape (weights,)."""
    return flatten({name: merged[name] for name in problem.pretrained}) - flatten(
        problem.pretrained
    )


def distance(ours: State, theirs: State, problem: MergingProblem) -> float:
    """The largest difference of two merges, in units of the largest change."""
    mine, other = change(ours, problem), change(theirs, problem)
    return float((mine - other).abs().max() / mine.abs().max())


def assert_same(
    ours: State, theirs: State, problem: MergingProblem, *, relative: float = RELATIVE
) -> None:
    """Equal names, shapes and, to float32's tolerance, values."""
    assert set(ours) == set(theirs)
    assert distance(ours, theirs, problem) < relative


def assert_differs(ours: State, theirs: State, problem: MergingProblem) -> None:
    """So far apart that no tolerance would take them for equal."""
    assert set(ours) == set(theirs)
    assert distance(ours, theirs, problem) > 100 * RELATIVE


def tensor_by_tensor(
    problem: MergingProblem, merge: Callable[[MergingProblem], State], *, one_row: bool = False
) -> State:
    """A method's result when it is given each tensor as if that were the whole model.

    With `one_row` each tensor is given as a vector, so that the method sees no rows.
    """

    def part_of(state: State, name: str) -> State:
        return {name: state[name].reshape(-1) if one_row else state[name]}

    merged: State = {}
    for name, start in problem.pretrained.items():
        experts = [part_of(expert, name) for expert in problem.experts]
        part = MergingProblem(
            torch.nn.Identity(), experts, pretrained=part_of(problem.pretrained, name)
        )
        merged[name] = merge(part)[name].view_as(start)
    return merged


def with_changes(problem: MergingProblem, changes: list[State]) -> MergingProblem:
    """The same problem, its experts replaced by the pretrained state plus these changes."""
    start = problem.pretrained
    experts = [{name: start[name] + change[name] for name in start} for change in changes]
    return MergingProblem(problem.model, experts, pretrained=start)


def first_experts(problem: MergingProblem, count: int) -> MergingProblem:
    """The same problem with the first so many experts."""
    return MergingProblem(problem.model, problem.experts[:count], pretrained=problem.pretrained)


def without(problem: MergingProblem, *names: str) -> MergingProblem:
    """The same problem, but its states lack those tensors."""

    def rest(state: State) -> State:
        return {name: tensor for name, tensor in state.items() if name not in names}

    experts = [rest(expert) for expert in problem.experts]
    return MergingProblem(problem.model, experts, pretrained=rest(problem.pretrained))
