"""Model Breadcrumbs: drop the largest and the small changes of each row, then task arithmetic.

In each row (the last dimension) of every t_i = theta_i - theta_0 the `drop` share of largest
magnitude is set to zero, then all but the `keep` share of largest magnitude among the rest: with
rows of n entries, those of rank n drop to n (drop + keep) stay. theta = theta_0 + scale sum_i t_i'.
Source: Davari and Belilovsky (mask both tails of every layer) in the form of their released code
(TaskVectorMiddleKeep, whose top_k_keep and top_k_remove are shares of a row), from which come the
rows, the rounding down and, in its README, the defaults alpha = scale = 0.4, beta = keep = 0.2 and
gamma = drop = 0.1. Its search takes alpha from 0.01 to 1, beta from 0.05 to 0.2 and gamma from
0.001 to 0.01; the grid here is coarser, and wider, so that most tuned runs end inside it. As there,
a row of fewer than 1 / keep entries keeps none (a convolution's 3 x 3 kernel). mergekit ranks the
whole tensor instead of each row.
"""

import torch
from torch import Tensor

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, copy_state


@method(
    name="breadcrumbs",
    title="Model Breadcrumbs",
    paper=("Model Breadcrumbs", 2023, "https://arxiv.org/abs/2312.06795"),
    needs=["pretrained"],
    params={"keep": 0.2, "drop": 0.1, "scale": 0.4},
    space={"keep": [0.1, 0.2, 0.4, 0.8], "drop": [0.01, 0.1], "scale": [0.2, 0.4, 0.8, 1.2, 1.8]},
)
def breadcrumbs(problem: MergingProblem, *, keep: float, drop: float, scale: float) -> State:
    """Add `scale` times each task vector's entries of middling magnitude."""
    merged = copy_state(problem.pretrained)
    for name, start in problem.pretrained.items():
        if start.is_floating_point():
            for expert in problem.experts:
                merged[name].add_(middling(expert[name] - start, keep, drop), alpha=scale)
    return merged


def middling(change: Tensor, keep: float, drop: float) -> Tensor:
    """A tensor's change with the largest and the small entries of each row set to zero.

    Args:
        change: shape (..., n): rows of n entries. A single number without a row stays.
        keep, drop: shares of a row; the numbers of entries are rounded down.
    """
    if change.dim() == 0:
        return change
    length = change.shape[-1]
    dropped, kept = int(drop * length), int(keep * length)
    largest = change.abs().topk(min(dropped + kept, length)).indices
    trail = largest[..., dropped:]
    return torch.zeros_like(change).scatter_(-1, trail, change.gather(-1, trail))
