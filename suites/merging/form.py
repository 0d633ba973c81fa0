"""The form of a state that a method returns: the experts' names, shapes and types.

Here: what is held against it, and the sentences that say what is wrong. Not here: the forms of
everything that may be returned, as files and in the scorer's process (suites.merging.outputs).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from bench.contract.job import ContractError
from suites.merging.vectors import State


def check_state(state: object, like: State, what: str = "the method's state") -> None:
    """Hold a returned state against the form that it must have.

    Raises:
        ContractError: names, shapes or types differ, or it is no dict of tensors; the message says
            what was expected and what was received.
    """
    if not isinstance(state, dict):
        raise ContractError(
            f"{what} should be a dict from parameter name to tensor, not {type(state).__name__}"
        )
    missing, unknown = sorted(set(like) - set(state)), sorted(set(state) - set(like), key=str)
    if missing or unknown:
        raise ContractError(
            f"{what} lacks {missing or 'nothing'} and holds {unknown or 'nothing'} besides; "
            f"expected the names of the experts' states, {len(like)} in all"
        )
    for name, expected in like.items():
        tensor = state[name]
        if not isinstance(tensor, Tensor):
            raise ContractError(f"{what} holds a {type(tensor).__name__} as {name!r}, no tensor")
        if tensor.layout is not torch.strided or tensor.is_meta:
            raise ContractError(
                f"{what} holds {name!r} sparse or on the device 'meta'; return it dense, with "
                "numbers: tensor.to_dense()"
            )
        if tensor.shape != expected.shape or tensor.dtype != expected.dtype:
            raise ContractError(
                f"{what} holds {name!r} as {tensor.dtype} of shape {tuple(tensor.shape)}; "
                f"expected {expected.dtype} of shape {tuple(expected.shape)}"
            )


def check_states(states: object, experts: Sequence[State]) -> None:
    """Hold returned states, one an expert, against their form. Raises ContractError."""
    if not isinstance(states, Sequence) or len(states) != len(experts):
        raise ContractError(
            "a method returns one state (a dict), a list with one state for each of the "
            f"{len(experts)} experts, or a callable router(inputs, task); this one returned "
            f"{type(states).__name__}"
            + (f" of {len(states)}" if isinstance(states, Sequence) else "")
        )
    for i, (state, expert) in enumerate(zip(states, experts, strict=True)):
        check_state(state, expert, f"state {i} of the method's list")
