"""Mathematics that merging methods share: states as vectors, and back.

Here: a state is a dict from parameter name to tensor; its floating-point tensors, flattened one
after the other in the dict's order, are its vector. K experts of P weights are a matrix of shape
(experts, weights). Nothing here changes its arguments. For large networks prefer `average`, which
goes name by name, to `stack`: it holds one state, not K.
Not here: how experts differ from what they started from (suites.merging.task_vectors); data,
statistics and the meter (suites.merging.problem); any one method's equation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from torch import Tensor, nn

State = dict[str, Tensor]
"""Parameter name -> tensor, as `nn.Module.state_dict` gives it."""

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
    matrix = torch.empty(len(states), count_weights(first), dtype=vector_type(first))
    for i, state in enumerate(states):
        if weight_names(state) != names:
            raise ValueError(f"state {i} holds {weight_names(state)}, but state 0 holds {names}")
        vector = [state[name].reshape(-1).to(matrix.dtype) for name in names]
        torch.cat(vector, out=matrix[i])
    return matrix


def vector_type(state: State) -> torch.dtype:
    """The type that holds every number of the state's vector: float64 if one of them does."""
    types = {state[name].dtype for name in weight_names(state)}
    return torch.float64 if torch.float64 in types else torch.float32


def flatten(state: State) -> Tensor:
    """The state's vector, shape (weights,)."""
    return stack([state])[0]


def unflatten(vector: Tensor, like: State) -> State:
    """The state whose vector this is: views of it, in the names, shapes and types of `like`.

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
            state[name] = vector[start : start + tensor.numel()].view(tensor.shape).to(tensor.dtype)
            start += tensor.numel()
        else:
            state[name] = tensor.clone()
    return state


def copy_state(state: State) -> State:
    """A copy whose tensors are contiguous, so that `view(-1)` gives their numbers to write to."""
    return {n: t.clone(memory_format=torch.contiguous_format) for n, t in state.items()}


def sum_tensors(tensors: Iterable[Tensor]) -> Tensor:
    """The sum of one or more tensors, in one of its own; they are taken one at a time."""
    remaining = iter(tensors)
    total = next(remaining).clone()
    for tensor in remaining:
        total += tensor
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
    12 bytes for each number.

    Args:
        values: shape (weights,), no NaN.
        ranks: from 0 (the smallest) to weights - 1.
    Returns:
        A scalar for each rank.
    """
    if len(values) < LARGE or values.dtype != torch.float32:
        return [values.kthvalue(rank + 1).values for rank in ranks]
    return order_statistics_of(lambda: values.split(LARGE), len(values), ranks)


def order_statistics_of(
    pieces: Callable[[], Iterable[Tensor]], weights: int, ranks: Sequence[int]
) -> list[Tensor]:
    """`order_statistics` of a vector that comes piece by piece, in the memory of a piece.

    A float's bits sort as an integer: counting the upper half of each finds the bucket that holds
    the rank, counting the lower half there finds the value.

    Args:
        pieces: gives the vector's pieces, of one type, the same each time; it is called once and
            once more for each rank.
        weights: how many numbers they hold together.
        ranks: from 0 (the smallest) to weights - 1.
    Returns:
        A scalar for each rank.
    """
    if weights < LARGE or next(iter(pieces())).dtype != torch.float32:
        values = torch.cat([*pieces()])
        return [values.kthvalue(rank + 1).values for rank in ranks]
    counts = _count((_sortable(piece) >> 16) + 2**15 for piece in pieces())
    found = []
    for rank in ranks:
        upper, inside = _find_bucket(counts, rank)
        keys = (_sortable(piece) for piece in pieces())
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
