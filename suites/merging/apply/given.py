"""What a method is given when it merges checkpoints: weights, and Gram matrices of given inputs.

Here: the problem of some tensors of some checkpoints, what a method may need of it, and whether a
method treats each tensor by itself. Not here: the problem of a benchmark's task
(suites.merging.problem).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor, nn

from suites.common.needs import require
from suites.merging.apply.checkpoints import Checkpoint, CheckpointError
from suites.merging.given import HALF
from suites.merging.problem import GUARDED, Merged, MergingProblem
from suites.merging.vectors import State

Call = Callable[[MergingProblem], Merged]
"""A method with its hyperparameters."""

OBSERVED = ("running_mean", "running_var")
"""What a BatchNorm calls its buffers, in every network of torch's."""


class CheckpointProblem(MergingProblem):
    """Experts of which nothing is known but their weights, and what their layers see."""

    def __init__(
        self,
        experts: Sequence[State],
        *,
        pretrained: State | None,
        needs: Iterable[str],
        seen: Sequence[State] = (),
        generator: Generator | None = None,
    ) -> None:
        """Build a problem of some tensors.

        Args:
            experts, pretrained: states with those tensors alone.
            needs: what the method declared.
            seen: for each expert, the inputs that a layer sees by its weight's name, shape
                (examples, inputs).
            generator: the method's draws.
        """
        super().__init__(
            _template(experts[0]),
            experts,
            pretrained=pretrained,
            needs=needs,
            generator=generator,
        )
        self._seen = [
            {name: rows for name, rows in inputs.items() if name in experts[0]} for inputs in seen
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


def load(
    checkpoints: Sequence[Checkpoint],
    names: Sequence[str],
    note: Callable[[int], None],
    rows: slice | None = None,
) -> list[State]:
    """Some tensors of each checkpoint, or some of their rows; half precision becomes float32.

    Args:
        note: is told of the bytes that are read.
    """
    states = []
    for checkpoint in checkpoints:
        state = {}
        for name in names:
            tensor = checkpoint.read(name, rows)
            note(tensor.nbytes)
            state[name] = tensor.float() if tensor.dtype in HALF else tensor
        states.append(state)
    return states


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


ROWS, TENSORS, WHOLE = "some rows", "one tensor", "all"
"""What a method needs of each checkpoint at a time."""


@dataclass(frozen=True)
class Trial:
    """What a method did with small experts.

    Attributes:
        portion: how much of each checkpoint it needs at a time: ROWS, TENSORS or WHOLE.
        state_each: whether it gives a state for each expert, or one for all.
    """

    portion: str
    state_each: bool


def try_out(method: Call, needs: Sequence[str]) -> Trial:
    """What a method needs and gives, before a checkpoint is read.

    Three small experts are merged whole, and portion by portion; where all agree to the last digit,
    portions are enough. A method that draws passes if it draws in their order.

    Raises:
        CheckpointError: it gives a function, which no file holds.
    """
    draws = Generator().manual_seed(1)
    shapes = {"first": (6, 5), "second": (7,), "third": (4, 3, 2), "fourth": (5, 6)}
    states = [
        {name: torch.randn(shape, generator=draws) for name, shape in shapes.items()}
        for _state in range(4)
    ]
    inputs = torch.randn(3, 9, 5, generator=draws)

    def merged(generator: Generator, names: Sequence[str], rows: slice | None) -> Merged:
        start, *experts = (
            {name: state[name][rows or slice(None)].clone() for name in names} for state in states
        )
        problem = CheckpointProblem(
            experts,
            pretrained=start,
            needs=needs,
            seen=[{"first": rows_seen} for rows_seen in inputs],
            generator=generator,
        )
        return method(problem)

    def agree(portions: Sequence[tuple[str, slice | None]]) -> bool:
        generator = Generator().manual_seed(2)
        return all(
            torch.equal(state[name][rows or slice(None)], alone[name])
            for name, rows in portions
            for state, alone in zip(whole, states_of(merged(generator, [name], rows)), strict=True)
        )

    returned = merged(Generator().manual_seed(2), list(shapes), None)
    whole = states_of(returned)
    state_each = not isinstance(returned, dict)
    if not agree([(name, None) for name in shapes]):
        return Trial(WHOLE, state_each)
    halves = (slice(0, 2), slice(2, None))
    matrices = [name for name, shape in shapes.items() if len(shape) > 1]
    by_rows = agree([(name, half) for name in matrices for half in halves])
    return Trial(ROWS if by_rows else TENSORS, state_each)


def states_of(merged: Merged) -> list[State]:
    """What a method returned as states: one, or one an expert.

    Raises:
        CheckpointError: it is a function, which no file holds.
    """
    if isinstance(merged, dict):
        return [merged]
    if callable(merged):
        raise CheckpointError(
            "this method gives a function of a network's inputs, which no file of weights holds. "
            "Choose a method of the track `single`."
        )
    return list(merged)


def _template(state: State) -> nn.Module:
    """A module whose buffers have the names of those that training observed."""
    template = nn.Module()
    for name, tensor in state.items():
        *path, last = name.split(".")
        if last in OBSERVED:
            inner: Any = template
            for part in path:
                if part not in dict(inner.named_children()):
                    inner.add_module(part, nn.Module())
                inner = inner.get_submodule(part)
            inner.register_buffer(last, torch.empty_like(tensor, device="meta"))
    return template


def check_finite(name: str, tensor: Tensor, given: Sequence[Tensor]) -> None:
    """Refuse a result that isn't all numbers.

    Raises:
        CheckpointError: it says whether the inputs were.
    """
    if not tensor.is_floating_point() or bool(tensor.isfinite().all()):
        return
    wrong = [place for place, one in enumerate(given) if not one.isfinite().all()]
    raise CheckpointError(
        f"{name!r} became infinite or NaN: "
        + (
            f"checkpoint number {wrong[0]} (from 0, the pretrained first where it is given) holds "
            "such numbers already. Give a sound one."
            if wrong
            else "the method's hyperparameters lead there. Choose smaller ones with --param."
        )
    )
