"""What a network makes of an input before its last layer.

Here: the features that the last linear layer of the forward pass reads. Not here: activations by
groups of channels (suites.merging.permutations).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call

from bench.contract.job import ContractError
from suites.merging.evaluation import BATCH
from suites.merging.vectors import State


def features(model: nn.Module, state: State, inputs: Tensor) -> Tensor:
    """The inputs of the linear layer that runs last, shape (examples, features).

    Args:
        model: the template.
        state: its weights.
        inputs: shape (examples, ...).
    Raises:
        ContractError: the network has no linear layer.
    """
    seen: list[Tensor] = []

    def keep(_module: nn.Module, given: tuple[Tensor, ...]) -> None:
        seen.append(given[0])

    layers = [m for m in model.modules() if isinstance(m, nn.Linear)]
    if not layers:
        raise ContractError(
            f"the network {type(model).__name__} has no linear layer, whose inputs would be its "
            "features"
        )
    handles = [layer.register_forward_pre_hook(keep) for layer in layers]
    found = []
    try:
        with torch.no_grad():
            for batch in inputs.split(BATCH):
                seen.clear()
                functional_call(model, state, (batch,))
                found.append(seen[-1].flatten(1))
    finally:
        for handle in handles:
            handle.remove()
    return torch.cat(found)
