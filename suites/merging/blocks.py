"""The blocks of a network, for methods that go through it one block after the other.

Here: which modules are a template's blocks, in the order of its forward pass, and what a block is
called with. A block is a member of an `nn.Sequential` or `nn.ModuleList` (of nested ones, of the
outermost) that holds a linear layer of the state; a linear layer outside of such lists is a block
by itself. A transformer's layers are blocks, as are an EfficientNet's. What a block is called with
is what its first call in a forward pass has.
Also here: which pairs of linear layers are multilayer perceptrons.
Not here: the statistics of a whole network (suites.merging.statistics), any method's equation.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from suites.merging.hooks import watched
from suites.merging.vectors import State, linear_layers

Call = tuple[tuple[Any, ...], dict[str, Any]]
"""What a module is called with: its arguments, in order and by name."""


class _Reached(Exception):
    """The forward pass has come to the block, and needn't go on."""


def blocks(model: nn.Module, state: State, inputs: Tensor) -> list[str]:
    """Names of the modules that are blocks, in the order in which a forward pass calls them.

    Blocks that it doesn't call are left out.

    Args:
        model: the template.
        state: weights; a linear layer counts if its weight is among them.
        inputs: a few, for one forward pass.
    """
    listed: list[str] = []
    for name, module in model.named_modules():
        inside_one = any(name.startswith(f"{outer}.") for outer in listed)
        if isinstance(module, (nn.Sequential, nn.ModuleList)) and not inside_one:
            listed += [f"{name}.{child}" if name else child for child, _ in module.named_children()]
    names: dict[str, None] = {}
    for weight, _layer in linear_layers(model, state):
        layer = weight.removesuffix("weight").removesuffix(".")
        outer = [name for name in listed if f"{layer}.".startswith(f"{name}.")]
        names[outer[0] if outer else layer] = None
    return called_in_order(model, state, inputs, names)


def perceptrons(model: nn.Module, state: State, inputs: Tensor) -> list[tuple[str, str]]:
    """Pairs of linear layers that widen and narrow again, in the order of the forward pass.

    Two layers of one module, called one after the other, the first with more outputs than inputs,
    which the second takes to fewer: a transformer's perceptrons, and of an inverted bottleneck the
    convolutions of 1 x 1.

    Args:
        model, state, inputs: as for `blocks`.
    """
    layers = {
        weight.removesuffix("weight").removesuffix("."): layer
        for weight, layer in linear_layers(model, state)
    }
    order = called_in_order(model, state, inputs, layers)
    pairs = []
    for up, down in pairwise(order):
        one, other = layers[up], layers[down]
        fits = (
            one.out_features == other.in_features
            and up.rpartition(".")[0] == (down.rpartition(".")[0])
        )
        if fits and one.in_features < one.out_features > other.out_features:
            pairs.append((up, down))
    return pairs


def called_in_order(
    model: nn.Module, state: State, inputs: Tensor, names: Iterable[str]
) -> list[str]:
    """The modules of those names that a forward pass calls, in the order of their first calls."""
    called: dict[str, None] = {}
    modules = {name: model.get_submodule(name) for name in names}
    with torch.no_grad(), watched(modules, lambda name, _given: called.setdefault(name)):
        functional_call(model, state, (inputs,))
    return list(called)


def call_of(model: nn.Module, state: State, block: str, inputs: Tensor) -> Call:
    """What a block is called with; nothing behind it is run.

    Args:
        model: the template.
        state: weights of what comes before it.
        block: its name.
        inputs: of the network, shape (examples, ...).
    """
    found: list[Call] = []

    def stop(_module: nn.Module, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        found.append((arguments, keywords))
        raise _Reached

    handle = model.get_submodule(block).register_forward_pre_hook(stop, with_kwargs=True)
    try:
        functional_call(model, state, (inputs,))
    except _Reached:
        return found[0]
    finally:
        handle.remove()
    raise ValueError(f"the network's forward pass calls no {block}")


def between(model: nn.Module, block: str, following: str) -> list[str] | None:
    """The modules from one block to the one before the other, where each hands on to the next.

    That is so among the members of one `nn.Sequential`.

    Returns:
        Names, the first is `block`; None where the two aren't in such a list, in this order.
    """
    parent, _, first = block.rpartition(".")
    other, _, last = following.rpartition(".")
    if parent != other or not isinstance(model.get_submodule(parent), nn.Sequential):
        return None
    members = [name for name, _ in model.get_submodule(parent).named_children()]
    start, end = members.index(first), members.index(last)
    prefix = f"{parent}." if parent else ""
    return [prefix + member for member in members[start:end]] if start < end else None


def part_of(state: State, block: str) -> State:
    """The tensors of a block, under the names that they have in it."""
    prefix = f"{block}." if block else ""
    return {name.removeprefix(prefix): t for name, t in state.items() if name.startswith(prefix)}


def run_block(model: nn.Module, state: State, block: str, call: Call) -> Any:
    """What a block answers, with the weights that it has in a state of the whole network."""
    arguments, keywords = call
    return functional_call(model.get_submodule(block), part_of(state, block), arguments, keywords)
