"""Looking at a network's layers while it runs.

Here: one forward pass with hooks on some layers, what goes into layers and comes out of them, and
seeing what goes into them as long as something runs; hooks are gone afterwards, whatever happens.
Not here: what is made of it (suites.merging.permutations, suites.merging.least_squares,
suites.merging.repair, suites.merging.statistics).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.func import functional_call

from suites.merging.vectors import State

Hook = Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor | None]
"""What torch calls with a layer, its arguments and its output; another output may come back."""


@contextmanager
def watched(
    layers: Mapping[str, nn.Module], see: Callable[[str, Tensor], object]
) -> Iterator[None]:
    """While this lasts, each call of one of the layers is seen: its name, and what goes into it.

    Args:
        layers: name -> module.
        see: what it returns is dropped; an exception ends the forward pass.
    """

    def seen_as(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def hook(_module: nn.Module, given: tuple[Tensor, ...]) -> None:
            see(name, given[0])

        return hook

    handles = [module.register_forward_pre_hook(seen_as(n)) for n, module in layers.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


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
