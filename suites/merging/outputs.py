"""The plain data that a merging method's result becomes between its process and the scorer's.

Here: one state, one state an expert, or scores of every test input, as tensors by name and back,
and the results of several problems as one; coming back everything is held against the contract.
Not here: what is measured of it (suites.merging.harness).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from bench.contract.job import ContractError, Diverged, Output
from suites.merging.form import check_state, check_states
from suites.merging.problem import Merged, Router
from suites.merging.vectors import State

SEPARATOR = "/"
"""Between an expert's number and its parameter's name."""

PART = ":"
"""Between a problem's number and what the tensor is called there."""


def encode(
    merged: Merged, experts: Sequence[State], questions: Sequence[tuple[Tensor, int]]
) -> Output:
    """A method's result as plain data.

    Args:
        merged: what it returned.
        experts: give the form of a state.
        questions: test inputs, and the number of an expert that knows their classes; a router
            is run on each of them here.
    Raises:
        ContractError: it isn't what a method may return.
    """
    if isinstance(merged, dict):
        check_state(merged, experts[0])
        return Output({name: tensor.detach() for name, tensor in merged.items()}, {"form": "state"})
    if callable(merged):
        return Output({"scores": _run(merged, questions)}, {"form": "scores"})
    check_states(merged, experts)
    tensors = {
        f"{i}{SEPARATOR}{name}": tensor.detach()
        for i, state in enumerate(merged)
        for name, tensor in state.items()
    }
    return Output(tensors, {"form": "states"})


def _run(router: Router, questions: Sequence[tuple[Tensor, int]]) -> Tensor:
    scores = []
    with torch.no_grad():
        for x, task in questions:
            answer = router(x, task)
            if not isinstance(answer, Tensor) or answer.dim() != 2 or len(answer) != len(x):
                shape = tuple(answer.shape) if isinstance(answer, Tensor) else type(answer).__name__
                raise ContractError(
                    f"router(inputs, task) should give scores of shape ({len(x)}, outputs); this "
                    f"one gave {shape}"
                )
            scores.append(answer)
    return torch.cat(scores)


def decode(output: Output, experts: Sequence[State], rows: int, outputs: int) -> Merged | Tensor:
    """What a method returned, checked: a state, a list of states, or scores.

    Args:
        output: from `encode`, by way of a process that isn't trusted.
        experts: give the form of a state.
        rows: how many test inputs all questions have; scores have shape (rows, outputs).
        outputs: how many outputs the network has.
    Raises:
        ContractError: names, shapes or types are wrong.
        Diverged: a number is NaN or infinite; the message says where.
    """
    form = output.data.get("form")
    if form == "state":
        check_state(output.tensors, experts[0])
        check_finite(output.tensors)
        return dict(output.tensors)
    if form == "states":
        states = _numbered(output.tensors, SEPARATOR, len(experts), "of no expert's state")
        check_states(states, experts)
        check_finite(output.tensors)
        return states
    scores = output.tensors.get("scores")
    if scores is None or scores.shape != (rows, outputs) or not scores.is_floating_point():
        shape = None if scores is None else tuple(scores.shape)
        raise ContractError(f"the output holds scores of shape {shape}; expected {(rows, outputs)}")
    check_finite(output.tensors)
    return scores


def join(outputs: Sequence[Output]) -> Output:
    """The results of a run's problems as one output; that of a single problem stays as it is."""
    if len(outputs) == 1:
        return outputs[0]
    tensors = {
        f"{i}{PART}{name}": tensor
        for i, output in enumerate(outputs)
        for name, tensor in output.tensors.items()
    }
    return Output(tensors, {"problems": [output.data for output in outputs]})


def split(output: Output, count: int) -> list[Output]:
    """The outputs that were joined.

    Args:
        output: from `join`, by way of a process that isn't trusted.
        count: how many problems the run had.
    Raises:
        ContractError: it isn't the output of so many.
    """
    if count == 1:
        return [output]
    data = output.data.get("problems")
    if not isinstance(data, list) or len(data) != count:
        found = len(data) if isinstance(data, list) else "none"
        raise ContractError(f"the output holds results of {found} problems; expected {count}")
    if not all(isinstance(one, dict) for one in data):
        raise ContractError("the output holds a problem's data that is no object")
    tensors = _numbered(output.tensors, PART, count, f"of none of the run's {count} problems")
    return [Output(mine, one) for mine, one in zip(tensors, data, strict=True)]


def _numbered(tensors: State, separator: str, count: int, wrong: str) -> list[State]:
    """Sort tensors by the number before the separator in their names."""
    found: list[State] = [{} for _ in range(count)]
    for name, tensor in tensors.items():
        number, _, rest = name.partition(separator)
        if not number.isdecimal() or int(number) >= count:
            raise ContractError(f"the output holds {name!r}, {wrong}")
        found[int(number)][rest] = tensor
    return found


def check_finite(tensors: State) -> None:
    """Raise Diverged where a tensor holds NaN or infinite values."""
    for name, tensor in tensors.items():
        bad = int((~torch.isfinite(tensor)).sum())
        if bad:
            raise Diverged(f"{bad} of {tensor.numel()} numbers in {name!r} are NaN or infinite")
