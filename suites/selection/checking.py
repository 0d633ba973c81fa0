"""Holds what a method chose against the contract, before anything is made of it.

Here: a choice as plain data, and back, with one sentence for each breach. Not here: the other
track's (suites.selection.distill.scoring).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from bench.contract.job import ContractError, Diverged, Output
from suites.selection.problem import Chosen, SelectionProblem


@dataclass(frozen=True)
class Choice:
    """A method's choice, held against the contract.

    Attributes:
        numbers: size -> different numbers of the pool, int64 (size,).
        weights: size -> the weight of each, mean 1; sizes without weights are absent.
        scores: shape (n,), or None.
        padded: size -> how many of them were filled in at random.
    """

    numbers: Mapping[int, Tensor]
    weights: Mapping[int, Tensor]
    scores: Tensor | None
    padded: Mapping[int, int]


def to_output(chosen: object, problem: SelectionProblem) -> Output:
    """What a method returned, as plain data. Raises ContractError where it is something else."""
    if not isinstance(chosen, Chosen):
        raise ContractError(
            f"the method returned {type(chosen).__name__}; it should return "
            "suites.selection.problem.Chosen(subsets, scores)"
        )
    tensors: dict[str, Tensor] = {}
    for size in problem.sizes:
        if not isinstance(chosen.subsets, Mapping) or size not in chosen.subsets:
            raise ContractError(
                f"Chosen.subsets has no entry for {size}; give one for each of problem.sizes, "
                f"{', '.join(map(str, problem.sizes))}"
            )
        subset = chosen.subsets[size]
        numbers, weights = subset if isinstance(subset, tuple) else (subset, None)
        tensors[f"numbers/{size}"] = _tensor(numbers, f"the choice of {size}")
        if weights is not None:
            tensors[f"weights/{size}"] = _tensor(weights, f"the weights of {size}").double()
    if chosen.scores is not None:
        tensors["scores"] = _tensor(chosen.scores, "Chosen.scores").double()
    padded = {str(size): count for size, count in problem.padded.items()}
    return Output(tensors, {"padded": padded})


def _tensor(value: object, what: str) -> Tensor:
    if not isinstance(value, Tensor):
        raise ContractError(f"{what} is {type(value).__name__}; it should be a tensor")
    return value.detach().cpu().clone()


def checked(output: Output, count: int, sizes: Sequence[int]) -> Choice:
    """The choice, if it is one.

    Args:
        count: of the pool.
    Raises:
        ContractError: numbers aren't different ones of the pool, or what else has the wrong form.
        Diverged: a score or a weight is NaN.
    """
    numbers, weights = {}, {}
    for size in sizes:
        numbers[size] = _numbers(output.tensors[f"numbers/{size}"], count, size)
        if f"weights/{size}" in output.tensors:
            weights[size] = _weights(output.tensors[f"weights/{size}"], size)
    scores = output.tensors.get("scores")
    if scores is not None:
        if scores.shape != (count,):
            raise ContractError(
                f"Chosen.scores has shape {tuple(scores.shape)}; it should be ({count},), one for "
                "each of the pool"
            )
        if scores.isnan().any():
            raise Diverged(f"{int(scores.isnan().sum())} of {count} scores are NaN")
    padded = {int(size): int(filled) for size, filled in output.data.get("padded", {}).items()}
    return Choice(numbers, weights, scores, padded)


def _numbers(numbers: Tensor, count: int, size: int) -> Tensor:
    if numbers.dtype != torch.int64 or numbers.shape != (size,):
        raise ContractError(
            f"the choice of {size} is {numbers.dtype} of shape {tuple(numbers.shape)}; it should "
            f"be int64 of shape ({size},): numbers of the pool"
        )
    if numbers.min() < 0 or numbers.max() >= count:
        raise ContractError(
            f"the choice of {size} holds {int(numbers.min())} to {int(numbers.max())}; the pool's "
            f"numbers are 0 to {count - 1}"
        )
    different = len(numbers.unique())
    if different < size:
        raise ContractError(
            f"the choice of {size} holds only {different} different numbers; problem.fill adds "
            "random ones to a choice that is too small"
        )
    return numbers


def _weights(weights: Tensor, size: int) -> Tensor:
    if weights.shape != (size,):
        raise ContractError(
            f"the weights of {size} have shape {tuple(weights.shape)}; they should have ({size},)"
        )
    if not weights.isfinite().all():
        raise Diverged(f"a weight of the choice of {size} isn't finite")
    if weights.min() < 0 or weights.sum() <= 0:
        raise ContractError(f"weights of the choice of {size} are negative, or all of them are 0")
    return (weights / weights.mean()).float()
