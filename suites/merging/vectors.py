"""Mathematics that merging methods share: states as vectors, and back.

Here: a state is a dict from parameter name to tensor; its floating-point tensors, flattened one
after the other in the dict's order, are its vector. K experts of P weights are a matrix of shape
(experts, weights). Nothing here changes its arguments. For large networks prefer the functions
that go name by name (`average`, `sum_task_vectors`): they hold one state, not K.
Not here: data, statistics and the meter (suites.merging.problem); any one method's equation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from suites.merging.problem import Problem

State = dict[str, Tensor]
"""Parameter name -> tensor, as `nn.Module.state_dict` gives it."""


def weight_names(state: State) -> list[str]:
    """Names of the tensors that a vector holds: the floating-point ones, in the state's order."""
    return [name for name, tensor in state.items() if tensor.is_floating_point()]


def count_weights(state: State) -> int:
    """P: how many numbers the state's vector holds."""
    return sum(state[name].numel() for name in weight_names(state))


def stack(states: Sequence[State]) -> Tensor:
    """The states' vectors, shape (states, weights), copied once.

    Raises:
        ValueError: a state's names or shapes differ from the first one's.
    """
    first = states[0]
    names = weight_names(first)
    matrix = torch.empty(len(states), count_weights(first), dtype=first[names[0]].dtype)
    for i, state in enumerate(states):
        if weight_names(state) != names:
            raise ValueError(f"state {i} holds {weight_names(state)}, but state 0 holds {names}")
        torch.cat([state[name].reshape(-1) for name in names], out=matrix[i])
    return matrix


def flatten(state: State) -> Tensor:
    """The state's vector, shape (weights,)."""
    return stack([state])[0]


def unflatten(vector: Tensor, like: State) -> State:
    """The state whose vector this is: views of it, in the names and shapes of `like`.

    Args:
        vector: shape (weights,).
        like: gives names, shapes and the tensors that a vector doesn't hold (integer buffers).
    Raises:
        ValueError: the vector's length isn't that of `like`.
    """
    if vector.shape != (count_weights(like),):
        raise ValueError(
            f"a vector of shape {tuple(vector.shape)} can't fill {count_weights(like)} weights"
        )
    state, start = {}, 0
    for name, tensor in like.items():
        if tensor.is_floating_point():
            state[name] = vector[start : start + tensor.numel()].view(tensor.shape)
            start += tensor.numel()
        else:
            state[name] = tensor.clone()
    return state


def stack_task_vectors(problem: Problem) -> Tensor:
    """t_i = theta_i - theta_0 for every expert, shape (experts, weights)."""
    return stack(problem.experts).sub_(flatten(problem.pretrained))


def add_task_vector(pretrained: State, vector: Tensor, scale: float = 1.0) -> State:
    """theta_0 + scale * vector, as a state.

    Args:
        pretrained: theta_0.
        vector: shape (weights,).
        scale: no unit.
    """
    changes = unflatten(vector, pretrained)
    return {
        name: tensor.add(changes[name], alpha=scale)
        if tensor.is_floating_point()
        else tensor.clone()
        for name, tensor in pretrained.items()
    }


def sum_task_vectors(problem: Problem) -> State:
    """sum_i (theta_i - theta_0), name by name: 2KP FLOPs, the memory of one state."""
    total = {}
    for name, start in problem.pretrained.items():
        if start.is_floating_point():
            change = torch.zeros_like(start)
            for expert in problem.experts:
                change += expert[name] - start
            total[name] = change
    return total


def average(states: Sequence[State]) -> State:
    """The mean of the states, name by name: KP FLOPs, the memory of one state.

    Tensors that aren't floating-point (counters of BatchNorm) are taken from the first state.
    """
    mean = {}
    for name, first in states[0].items():
        mean[name] = first.clone()
        if first.is_floating_point():
            for state in states[1:]:
                mean[name] += state[name]
            mean[name] /= len(states)
    return mean


def linear_layers(model: nn.Module, state: State) -> Iterator[tuple[str, nn.Linear]]:
    """Every Linear layer whose weight is in the state, by that weight's name, in the model's order.

    `state[name]` has shape (outputs, inputs).
    """
    for name, module in model.named_modules():
        weight = f"{name}.weight" if name else "weight"
        if isinstance(module, nn.Linear) and weight in state:
            yield weight, module
