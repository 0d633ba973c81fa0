"""Looking at a network's layers while it runs.

Here: one forward pass with hooks on some layers, which are gone afterwards, and what goes into
layers and comes out of them. Not here: what is made of it (suites.merging.permutations,
suites.merging.least_squares, suites.merging.repair).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call

from suites.merging.vectors import State

Hook = Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor | None]
"""What torch calls with a layer, its arguments and its output; another output may come back."""


def run_hooked(model: nn.Module, state: State, inputs: Tensor, hooks: Mapping[str, Hook]) -> None:
    """One forward pass without gradients, with a hook on each of the modules named."""
    modules = dict(model.named_modules())
    handles = [modules[name].register_forward_hook(hook) for name, hook in hooks.items()]
    try:
        with torch.no_grad():
            functional_call(model, state, (inputs,))
    finally:
        for handle in handles:
            handle.remove()


def layer_traffic(
    model: nn.Module, state: State, layers: Iterable[str], inputs: Tensor
) -> dict[str, tuple[Tensor, Tensor]]:
    """What goes into each of the layers named and what comes out."""
    seen: dict[str, tuple[Tensor, Tensor]] = {}

    def keep(name: str) -> Hook:
        def hook(_module: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> None:
            seen[name] = (given[0], output)

        return hook

    run_hooked(model, state, inputs, {name: keep(name) for name in layers})
    return seen
