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
from suites.merging.hooks import watched
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
    if not any(isinstance(module, nn.Linear) for module in model.modules()):
        raise ContractError(
            f"the network {type(model).__name__} has no linear layer, whose inputs would be its "
            "features"
        )
    return torch.cat([given.flatten(1) for given in last_inputs(model, state, inputs)])


def last_inputs(model: nn.Module, state: State, inputs: Tensor) -> list[Tensor]:
    """What the linear layer that runs last is given, batch by batch, shape (batch, ..., features).

    Of a network without linear layers its answer.
    """
    layers = {n: m for n, m in model.named_modules() if isinstance(m, nn.Linear)}
    seen: list[Tensor] = []
    found = []
    with torch.no_grad(), watched(layers, lambda _name, given: seen.append(given)):
        for batch in inputs.split(BATCH):
            seen.clear()
            answer = functional_call(model, state, (batch,))
            found.append(seen[-1] if seen else answer)
    return found
