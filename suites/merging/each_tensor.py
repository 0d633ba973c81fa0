"""Merging one tensor of all experts at a time.

Here: the loop that gives a method the experts' changes of one tensor after the other, tensors'
scalar products, and what entries of several changes have the sign of their sum. Not here:
weight by weight or all at once (suites.merging.task_vectors), matrices' singular values
(suites.merging.spectral).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from suites.merging.problem import MergingProblem
from suites.merging.vectors import LARGE, State


def merge_each_tensor(
    problem: MergingProblem, merge: Callable[[Tensor], Tensor], scale: float = 1.0
) -> State:
    """theta_0 + scale * merge(t_1 .. t_K), for a merge that treats each tensor by itself.

    Holds one state and one tensor's K changes at a time. Tensors that aren't floating-point, or
    hold no number, stay those of theta_0.

    Args:
        problem: the experts and the pretrained weights.
        merge: from a tensor's changes, shape (experts, its numbers), which it may overwrite, to
            the merged change, shape (its numbers,).
        scale: no unit.
    """
    merged = {}
    for name, start in problem.pretrained.items():
        if start.is_floating_point() and start.numel():
            flat = start.reshape(-1)
            changes = torch.stack([expert[name].reshape(-1) for expert in problem.experts])
            change = merge(changes.sub_(flat))
            merged[name] = torch.add(flat, change, alpha=scale).view(start.shape)
        else:
            merged[name] = start.clone()
    return merged


def gram(points: Sequence[Tensor]) -> Tensor:
    """Their scalar products, shape (points, points), in double precision.

    A float32 norm of many million numbers comes out too short, and squares of float32 may be out
    of its range. No more than a piece is held in double.

    Args:
        points: tensors of one shape.
    """
    products = torch.zeros(len(points), len(points), dtype=torch.float64)
    flat = [point.reshape(-1) for point in points]
    for pieces in zip(*(vector.split(LARGE) for vector in flat), strict=True):
        precise = torch.stack([piece.double() for piece in pieces])
        products += precise @ precise.T
    return products


def agreeing(changes: Tensor) -> Tensor:
    """The entries that have the sign of their sum over the experts (+ where it is 0); else 0.

    Args:
        changes: shape (experts, ...).
    """
    sign = torch.where(changes.sum(0) >= 0, 1.0, -1.0).to(changes.dtype)
    return (changes * sign > 0) * changes


def agreeing_mean(changes: Tensor) -> Tensor:
    """The mean, at each weight, of the `agreeing` entries; 0 where there are none.

    Args:
        changes: shape (experts, ...).
    """
    kept = agreeing(changes)
    return kept.sum(0) / (kept != 0).sum(0).clamp_(min=1)
