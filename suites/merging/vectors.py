"""Mathematics that merging methods share: states as vectors, and back.

Here: a state is a dict from parameter name to tensor; its floating-point tensors, flattened one
after the other in the dict's order, are its vector. K experts of P weights are a matrix of shape
(experts, weights). Nothing here changes its arguments. For large networks prefer the functions
that go name by name (`average`, `sum_task_vectors`) or piece by piece (`split_task_vectors`,
`merge_each_weight`): they hold one state, not K.
Not here: data, statistics and the meter (suites.merging.problem); any one method's equation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from suites.merging.problem import MergingProblem

State = dict[str, Tensor]
"""Parameter name -> tensor, as `nn.Module.state_dict` gives it."""

PIECE = 2**15
"""Weights of each expert that are worked on at once: few enough that they stay in the cache."""

LARGE = 2**20
"""Numbers from which on counting beats `torch.kthvalue`."""


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


def stack_task_vectors(problem: MergingProblem) -> Tensor:
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


def sum_task_vectors(problem: MergingProblem) -> State:
    """sum_i (theta_i - theta_0), name by name: 2KP FLOPs, the memory of one state."""
    total = {}
    for name, start in problem.pretrained.items():
        if start.is_floating_point():
            change = torch.zeros_like(start)
            for expert in problem.experts:
                change += expert[name] - start
            total[name] = change
    return total


def split_task_vectors(problem: MergingProblem) -> Iterator[tuple[str, slice, Tensor]]:
    """The task vectors piece by piece, for work that looks at each weight by itself.

    A pass over large states takes as long as reading them, so all that is to be done with a piece
    is done while it is in the cache.

    Yields:
        A tensor's name, which of its numbers (in their flat order), and how every expert changed
        them: shape (experts, at most PIECE), the caller's own to overwrite.
    """
    for name, start in problem.pretrained.items():
        if start.is_floating_point():
            flat = start.reshape(-1)
            others = [expert[name].reshape(-1) for expert in problem.experts]
            for first in range(0, len(flat), PIECE):
                where = slice(first, first + PIECE)
                yield name, where, torch.stack([o[where] for o in others]).sub_(flat[where])


def merge_each_weight(
    problem: MergingProblem, merge: Callable[[Tensor], Tensor], scale: float = 1.0
) -> State:
    """theta_0 + scale * merge(t_1 .. t_K), for a merge that treats each weight by itself.

    Args:
        problem: the experts and the pretrained weights.
        merge: from changes of shape (experts, some weights), which it may overwrite, to the
            merged change of each, shape (some weights,).
        scale: no unit.
    """
    merged = copy_state(problem.pretrained)
    for name, where, changes in split_task_vectors(problem):
        merged[name].view(-1)[where].add_(merge(changes), alpha=scale)
    return merged


def copy_state(state: State) -> State:
    """A copy whose tensors are contiguous, so that `view(-1)` gives their numbers to write to."""
    return {n: t.clone(memory_format=torch.contiguous_format) for n, t in state.items()}


def task_vectors(problem: MergingProblem) -> Iterator[Tensor]:
    """t_i = theta_i - theta_0 of one expert after the other, each of shape (weights,)."""
    start = flatten(problem.pretrained)
    for expert in problem.experts:
        yield flatten(expert).sub_(start)


def add_up(vectors: Iterable[Tensor]) -> Tensor:
    """The sum of vectors that come one at a time; the first is overwritten."""
    remaining = iter(vectors)
    total = next(remaining)
    for vector in remaining:
        total += vector
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


def order_statistics(values: Tensor, ranks: Sequence[int]) -> list[Tensor]:
    """For each rank the value that so many others stand below when the vector is sorted; exact.

    What `torch.kthvalue(values, rank + 1)` gives, which takes twice as long on a large vector, and
    12 bytes for each number. A float's bits sort as an integer: counting the upper half of each
    finds the bucket that holds the rank, counting the lower half there finds the value.

    Args:
        values: shape (weights,), no NaN.
        ranks: from 0 (the smallest) to weights - 1.
    Returns:
        A scalar for each rank.
    """
    if len(values) < LARGE or values.dtype != torch.float32:
        return [values.kthvalue(rank + 1).values for rank in ranks]
    pieces = values.split(LARGE)
    counts = _count((_sortable(piece) >> 16) + 2**15 for piece in pieces)
    found = []
    for rank in ranks:
        upper, inside = _find_bucket(counts, rank)
        keys = (_sortable(piece) for piece in pieces)
        rest = _count(key[key >> 16 == upper - 2**15] & 0xFFFF for key in keys)
        lower, _ = _find_bucket(rest, inside)
        key = torch.tensor((upper - 2**15) * 2**16 + lower, dtype=torch.int32)
        found.append(_sortable(key.view(torch.float32)).view(torch.float32))
    return found


def _sortable(values: Tensor) -> Tensor:
    """int32 that sort as the float32 values do, -0.0 before 0.0; doing it twice undoes it."""
    bits = values.view(torch.int32)
    return bits ^ ((bits >> 31) & 0x7FFFFFFF)  # negative floats sort by magnitude, reversed


def _count(pieces: Iterable[Tensor]) -> Tensor:
    """How often each integer from 0 to 2^16 - 1 occurs in all pieces together."""
    counts = torch.zeros(2**16, dtype=torch.int64)
    for piece in pieces:
        counts += torch.bincount(piece, minlength=2**16)
    return counts


def _find_bucket(counts: Tensor, rank: int) -> tuple[int, int]:
    """The bucket that holds the rank, and the rank within it."""
    ends = counts.cumsum(0)
    bucket = int((ends <= rank).sum())
    return bucket, rank - int(ends[bucket] - counts[bucket])


def linear_layers(model: nn.Module, state: State) -> Iterator[tuple[str, nn.Linear]]:
    """Every Linear layer whose weight is in the state, by that weight's name, in the model's order.

    `state[name]` has shape (outputs, inputs).
    """
    for name, module in model.named_modules():
        weight = f"{name}.weight" if name else "weight"
        if isinstance(module, nn.Linear) and weight in state:
            yield weight, module
