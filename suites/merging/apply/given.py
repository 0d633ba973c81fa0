"""What a method is given when it merges checkpoints: weights, and Gram matrices of given inputs.

Here: the problem of some tensors of some checkpoints, and what a method may need of it. Not here:
how much of them a method needs at a time (suites.merging.apply.trial), the problem of a benchmark's
task (suites.merging.problem).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import cast

import torch
from torch import Generator, Tensor, nn

from suites.common.needs import require
from suites.merging.apply.checkpoints import Checkpoint, CheckpointError
from suites.merging.problem import GUARDED, Merged, MergingProblem
from suites.merging.vectors import State

Call = Callable[[MergingProblem], Merged]
"""A method with its hyperparameters."""


class CheckpointProblem(MergingProblem):
    """Experts of which nothing is known but their weights, and what their layers see."""

    def __init__(
        self,
        experts: Sequence[Mapping[str, Tensor]],
        *,
        pretrained: Mapping[str, Tensor] | None,
        needs: Iterable[str],
        seen: Sequence[State] = (),
        generator: Generator | None = None,
    ) -> None:
        """Build a problem of some tensors.

        Args:
            experts, pretrained: with those tensors alone.
            needs: what the method declared.
            seen: for each expert, the inputs that a layer sees by its weight's name, shape
                (examples, inputs).
            generator: the method's draws.
        """
        # a number in place of each tensor: what is checked there, checkpoints were held to before
        stand_in = {name: torch.zeros(()) for name in experts[0]}
        super().__init__(nn.Module(), [stand_in], needs=needs, generator=generator)
        self.experts = cast(list[State], list(experts))
        self._pretrained = cast(State | None, pretrained)
        self._seen = [
            {name: rows for name, rows in inputs.items() if name in stand_in} for inputs in seen
        ]

    def gram(self, expert: int, count: int) -> State:
        """X^T X / n of the inputs that were given; see MergingProblem.gram."""
        require("gram", self._needs, "problem.gram()")
        rows = {name: inputs[:count] for name, inputs in self._seen[expert].items()}
        return {name: inputs.T @ inputs / len(inputs) for name, inputs in rows.items()}


def lacking(needs: Iterable[str], pretrained: bool, inputs: bool) -> list[str]:
    """Which needs checkpoints alone don't meet.

    Args:
        pretrained: whether it was given.
        inputs: whether inputs of layers were.
    """
    met = {"pretrained"} if pretrained else set[str]()
    met |= {"gram"} if inputs else set()
    return [need for need in needs if need in GUARDED - met]


def read_inputs(inputs: Checkpoint | None, like: Checkpoint, experts: int) -> list[State]:
    """What each expert's layers see, from `EXPERT/NAME` -> (examples, inputs); experts from 0.

    Raises:
        CheckpointError: a name isn't of that form, an expert has none, or widths differ.
    """
    if inputs is None:
        return []
    seen: list[State] = [{} for _expert in range(experts)]
    for place in inputs.entries:
        number, _, name = place.partition("/")
        shape = inputs.entries[place].shape
        weight = like.entries[name].shape if name in like.entries else ()
        if not (number.isdecimal() and int(number) < experts and len(weight) == 2):
            raise CheckpointError(
                f"{inputs.path}: {place!r} names no matrix of an expert. Names are EXPERT/NAME, "
                f"the expert's place from 0 to {experts - 1} and its weight's name."
            )
        if len(shape) != 2 or shape[1] != weight[1]:
            raise CheckpointError(
                f"{inputs.path}: {place!r} has shape {shape}, but {name!r} has {weight}: give a "
                f"row of {weight[1]} numbers for each example."
            )
        seen[int(number)][name] = inputs.read(place).float()
    for expert, rows in enumerate(seen):
        if rows.keys() != seen[0].keys():
            raise CheckpointError(
                f"{inputs.path}: expert {expert} has inputs of {len(rows)} layers, expert 0 of "
                f"{len(seen[0])}. Give the same layers of each."
            )
    return seen


def states_of(merged: Merged) -> list[State]:
    """What a method returned as states: one, or one an expert, each a dict of its own, though a
    method may return what it was given, or one state for several experts.

    Raises:
        CheckpointError: it is a function, which no file holds.
    """
    if isinstance(merged, Mapping):
        return [dict(merged)]
    if callable(merged):
        raise CheckpointError(
            "this method gives a function of a network's inputs, which no file of weights holds. "
            "Choose a method of the track `single`."
        )
    return [dict(state) for state in merged]


def check_finite(name: str, tensor: Tensor, given: Mapping[Path, Mapping[str, Tensor]]) -> None:
    """Refuse a result that isn't all numbers.

    Args:
        given: what the method was given of each checkpoint.
    Raises:
        CheckpointError: it says which checkpoint holds such numbers already, if one does.
    """
    if is_finite(tensor):
        return
    wrong = [path for path, own in given.items() if not is_finite(own[name])]
    why = (
        f"{wrong[0]} holds such numbers already. Give a sound checkpoint."
        if wrong
        else "the method's hyperparameters lead there. Choose smaller ones with --param."
    )
    raise CheckpointError(f"{name!r} became infinite or NaN: {why}")


def is_finite(tensor: Tensor) -> bool:
    """Whether all numbers are: their sum is, at once, unless large ones leave its range."""
    return bool(tensor.sum().isfinite()) or bool(tensor.isfinite().all())
