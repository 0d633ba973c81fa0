"""STAR: drop small singular directions of each change, restore its nuclear norm, average.

For each matrix t_i = theta_i - theta_0 = U diag(s) V^T, s decreasing: keep the first r + 1
directions, r = how many it takes for a cumulated sum below eta of sum s; multiply them by
sum s / sum of those kept. theta = theta_0 + (1/K) sum_i t_i'. Other tensors: the average.
Source: Lee et al., section 4, and github.com/IBM/STAR (merger/STAR.py: `searchsorted` of the
cumulated sum, plus one; runner: eta = 40%, simple averaging). They merge LoRA experts, of matrices
alone; singular values that rounding alone can make count as zero here (suites.merging.spectral).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.spectral import merge_matrices, thin_svd
from suites.merging.task_vectors import add_change
from suites.merging.vectors import State


@method(
    name="star",
    title="STAR",
    paper=("STAR: Spectral Truncation and Rescale", 2025, "https://arxiv.org/abs/2502.10339"),
    needs=["pretrained"],
    params={"eta": 0.4, "scale": 1.0},
    space={"eta": [0.2, 0.4, 0.6, 0.8], "scale": [1.0, 2.0, 3.0, 5.0, 8.0]},
)
def star(problem: MergingProblem, *, eta: float, scale: float) -> State:
    """Average the truncated and rescaled changes; `scale` isn't theirs, tuning may choose it."""

    def merge(changes: list[Tensor], noise: Sequence[float]) -> Tensor:
        parts = [truncate(t, eta, own) for t, own in zip(changes, noise, strict=True)]
        return torch.stack(parts).mean(0)

    change = problem.remember(("star", eta), lambda: merge_matrices(problem, merge))
    return add_change(problem.pretrained, change, scale)


def truncate(matrix: Tensor, eta: float, noise: float = 0.0) -> Tensor:
    """A matrix of its leading singular directions, at its nuclear norm.

    Args:
        matrix: shape (rows, columns).
        eta: share of the nuclear norm, in [0, 1].
        noise: as for suites.merging.spectral.thin_svd.
    Returns:
        The same shape, double precision.
    """
    left, values, right = thin_svd(matrix, noise=noise)
    cumulated = values.cumsum(0)
    kept = int((cumulated < eta * cumulated[-1]).sum()) + 1
    factor = float(cumulated[-1] / cumulated[kept - 1]) if cumulated[-1] > 0 else 0.0
    return factor * (left[:, :kept] * values[:kept]) @ right[:kept]
