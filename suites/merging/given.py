"""The form of the states that a merging problem is built from, held before any method runs.

Here: one sentence for what would make methods wrong in silence: names in another order, as vectors
are made name by name; another set of names; other shapes; two names for one tensor; half precision;
complex numbers; tensors without plain numbers. Not here: what a method returns
(suites.merging.form).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

HALF = (torch.float16, torch.bfloat16)


def check_given(
    experts: Sequence[Mapping[str, Tensor]],
    pretrained: Mapping[str, Tensor] | None,
    model: nn.Module,
) -> None:
    """Hold the experts' states, and what they were fine-tuned from, against each other.

    Args:
        experts, pretrained: the states.
        model: the template; tells which of its names are one parameter.

    Raises:
        ValueError: they don't fit together; the message says where, and how to mend it.
    """
    if not experts:
        raise ValueError("a merging problem has at least one expert")
    states = [(f"expert {i}", state) for i, state in enumerate(experts)]
    states += [("the pretrained state", pretrained)] if pretrained is not None else []
    for what, state in states:
        _check_plain(what, state)
        _check_like(what, state, experts[0])
    if not any(tensor.is_floating_point() for tensor in experts[0].values()):
        raise ValueError("expert 0 holds no floating-point tensor: there is nothing to merge.")
    seen: dict[int, str] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        first = seen.setdefault(id(parameter), name)
        if first != name and first in experts[0] and name in experts[0]:
            raise ValueError(f"the template ties {_tied(first, name)}")


def _tied(first: str, name: str) -> str:
    """What is wrong with one tensor under two names, and how to go on."""
    return (
        f"{first!r} and {name!r}: one tensor, which would be merged twice, apart. Leave {name!r} "
        f"out of every state, and tie again what comes back: merged[{name!r}] = merged[{first!r}] "
        "(its transpose, if that is how they are tied)."
    )


def _check_plain(what: str, state: Mapping[str, Tensor]) -> None:
    seen: dict[tuple[int, int], str] = {}
    for name, tensor in state.items():
        if tensor.layout is not torch.strided or tensor.is_meta:
            raise ValueError(f"{what} holds {name!r} sparse or without numbers. Make it dense.")
        if tensor.dtype in HALF:
            raise ValueError(
                f"{what} holds {name!r} as {tensor.dtype}, in which sums lose their digits. Give "
                "float32: tensor.float()."
            )
        if tensor.is_complex():
            raise ValueError(
                f"{what} holds {name!r} as {tensor.dtype}, which no method merges. Give its real "
                "and imaginary parts, torch.view_as_real(tensor), and put the result together with "
                "torch.view_as_complex."
            )
        place = (tensor.data_ptr(), tensor.numel())
        if tensor.numel() and place in seen:
            raise ValueError(f"{what} holds under two names {_tied(seen[place], name)}")
        seen[place] = name


def _check_like(what: str, state: Mapping[str, Tensor], first: Mapping[str, Tensor]) -> None:
    missing, unknown = sorted(first.keys() - state.keys()), sorted(state.keys() - first.keys())
    if missing or unknown:
        raise ValueError(
            f"{what} lacks {missing or 'nothing'} and holds {unknown or 'nothing'} besides, "
            "compared with expert 0. All states have the same names."
        )
    for (name, tensor), other in zip(state.items(), first, strict=True):
        if name != other:
            raise ValueError(
                f"{what} has {name!r} where expert 0 has {other!r}: the same names in another "
                "order. Rebuild it as {name: state[name] for name in expert_0}."
            )
        if tensor.shape != first[name].shape or tensor.dtype != first[name].dtype:
            raise ValueError(
                f"{what} holds {name!r} as {tensor.dtype} of shape {tuple(tensor.shape)}; expert 0 "
                f"has {first[name].dtype} of shape {tuple(first[name].shape)}"
            )
