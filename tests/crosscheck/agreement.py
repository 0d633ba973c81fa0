"""How two states are held against each other, and how a method is run on parts of a problem.

Here: what the tests of this folder share. Not here: calls of the other packages (others.py).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from suites.merging.problem import Problem
from suites.merging.vectors import State, flatten

RELATIVE = 2e-5
"""Of the largest change: float32 holds 7 digits, sums over matrices lose one or two."""


def change(merged: State, problem: Problem) -> Tensor:
    """What the merge changed in the pretrained state, as a vector, shape (weights,)."""
    return flatten({name: merged[name] for name in problem.pretrained}) - flatten(
        problem.pretrained
    )


def distance(ours: State, theirs: State, problem: Problem) -> float:
    """The largest difference of two merges, in units of the largest change."""
    mine, other = change(ours, problem), change(theirs, problem)
    return float((mine - other).abs().max() / mine.abs().max())


def assert_same(
    ours: State, theirs: State, problem: Problem, *, relative: float = RELATIVE
) -> None:
    """Equal names, shapes and, to float32's tolerance, values."""
    assert set(ours) == set(theirs)
    assert distance(ours, theirs, problem) < relative


def assert_differs(ours: State, theirs: State, problem: Problem) -> None:
    """So far apart that no tolerance would take them for equal."""
    assert set(ours) == set(theirs)
    assert distance(ours, theirs, problem) > 100 * RELATIVE


def tensor_by_tensor(problem: Problem, merge: Callable[[Problem], State]) -> State:
    """A method's result when it is given each tensor as if that were the whole model."""
    merged: State = {}
    for name, start in problem.pretrained.items():
        part = Problem(
            torch.nn.Identity(),
            [{name: expert[name]} for expert in problem.experts],
            pretrained={name: start},
        )
        merged |= merge(part)
    return merged
def without(problem: Problem, *names: str) -> Problem:
    """The same problem, but its states lack those tensors."""

    def rest(state: State) -> State:
        return {name: tensor for name, tensor in state.items() if name not in names}

    experts = [rest(expert) for expert in problem.experts]
    return Problem(problem.model, experts, pretrained=rest(problem.pretrained))
