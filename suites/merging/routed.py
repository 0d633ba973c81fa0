"""Networks whose weights depend on the input: what routers of merging methods share.

Here: a copy of the template with some of its modules replaced, and running a network in batches,
with one of several states for each input, or with a state of its own for each input. Not here: how
a router decides (methods/merging), a router that is taught which task an input is of
(suites.merging.task_router).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from suites.merging.evaluation import BATCH
from suites.merging.problem import Router
from suites.merging.vectors import State, count_weights

NUMBERS = 2**24
"""Weights of all inputs' own states that are held at once: 64 MiB of float32."""


Network = Callable[[Tensor], Tensor]
"""From inputs, shape (examples, ...), to scores, shape (examples, outputs)."""


def with_modules(model: nn.Module, state: State, modules: Mapping[str, nn.Module]) -> Network:
    """The template's network with a state's weights, and some modules in others' place.

    Args:
        model: the template; left as it is.
        state: weights; what it lacks is the template's own.
        modules: name -> what takes its place; they may hold what is to be trained.
    """
    tensors = [*model.parameters(), *model.buffers()]
    structure = copy.deepcopy(model, {id(tensor): tensor for tensor in tensors})  # shares them
    for name, module in modules.items():
        parent, _, last = name.rpartition(".")
        setattr(structure.get_submodule(parent), last, module)
    prefixes = tuple(f"{name}." for name in modules)
    own = {name: tensor for name, tensor in state.items() if not name.startswith(prefixes)}
    return lambda inputs: functional_call(structure, own, (inputs,))


def router_of(network: Network) -> Router:
    """A network that decides for itself, as a method returns it; it isn't told the task."""

    def router(inputs: Tensor, task: int) -> Tensor:
        with torch.no_grad():
            return torch.cat([network(batch) for batch in inputs.split(BATCH)])

    return router


def chosen_scores(
    model: nn.Module, states: Sequence[State], chosen: Tensor, inputs: Tensor
) -> Tensor:
    """Each input's scores from the network with the state that was chosen for it.

    Args:
        model: the template.
        states: to choose from.
        chosen: the number of each input's state, int64 (examples,).
        inputs: shape (examples, ...).
    Returns:
        Shape (examples, outputs).
    """
    rows = [(chosen == i).nonzero()[:, 0] for i in range(len(states))]
    order = torch.cat(rows)
    found = [
        functional_call(model, states[i], (inputs[part],))
        for i, mine in enumerate(rows)
        for part in mine.split(BATCH)
        if len(part)
    ]
    scores = torch.cat(found)
    return scores[order.argsort()]


def mixed(module: nn.Module, start: State, changes: State, weights: Tensor, x: Tensor) -> Tensor:
    """What a module answers with weights of its own for each example.

    Example n's are start + sum_i weights[n, i] changes[i]: 2 K P FLOPs to make, for each.

    Args:
        module: a template, or a part of one, that takes one argument.
        start: its weights.
        changes: name -> one change an expert, shape (experts, *the tensor's).
        weights: shape (examples, experts).
        x: shape (examples, ...).
    Returns:
        Shape (examples, ...).
    """
    fixed = {name: tensor for name, tensor in start.items() if name not in changes}

    def one(own: State, example: Tensor) -> Tensor:
        return functional_call(module, {**fixed, **own}, (example[None],))[0]

    each = max(1, NUMBERS // max(1, count_weights(start)))
    found = []
    for few, part in zip(weights.split(each), x.split(each), strict=True):
        own = {name: start[name] + combination(few, change) for name, change in changes.items()}
        found.append(vmap(one)(own, part))
    return torch.cat(found)


def combination(weights: Tensor, change: Tensor) -> Tensor:
    """sum_i weights[n, i] change[i], shape (examples, *the tensor's).

    Args:
        weights: shape (examples, experts).
        change: shape (experts, *the tensor's).
    """
    flat = weights.to(change.dtype) @ change.reshape(len(change), -1)
    return flat.view(len(weights), *change.shape[1:])


def stacked_changes(states: Sequence[State], start: State, names: Sequence[str]) -> State:
    """theta_i - start of those tensors, name -> shape (experts, *the tensor's)."""
    return {name: torch.stack([state[name] for state in states]) - start[name] for name in names}
