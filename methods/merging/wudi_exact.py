"""WUDI in closed form: the change that disturbs no expert's own outputs more than it must.

For each matrix, with t_i = theta_i - theta_0, shape (outputs, inputs), whose rows span what the
layer sees of task i: minimise over t
sum_i |(t - t_i) t_i^T|^2 / |t_i|^2. Its gradient is zero where t A = B, with
A = sum_i t_i^T t_i / |t_i|^2 and B = sum_i t_i t_i^T t_i / |t_i|^2: t = B A^+, by the
pseudo-inverse, is the shortest of all solutions. Other tensors: (1/K) sum_i t_i.
theta = theta_0 + scale * t.
Source: Cheng et al., equation 8 and section 4; they take 300 steps of Adam from sum_i t_i instead
(methods.merging.wudi), which stays where no expert's rows point. It is RegMean of the changes
with t_i^T t_i for Gram matrices.
"""

import torch
from torch import Tensor

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.spectral import NEGLIGIBLE, merge_matrices
from suites.merging.task_vectors import add_change
from suites.merging.vectors import State


@method(
    name="wudi_exact",
    title="WUDI (closed form)",
    paper=("Whoever Started the Interference", 2025, "https://arxiv.org/abs/2503.08099"),
    needs=["pretrained"],
    params={"scale": 1.0},
    space={"scale": [0.3, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.7]},
)
def wudi_exact(problem: MergingProblem, *, scale: float) -> State:
    """Solve each matrix's least squares; add `scale` times the result."""
    change = problem.remember(
        "wudi_exact", lambda: merge_matrices(problem, lambda changes, _noise: solve(changes))
    )
    return add_change(problem.pretrained, change, scale)


def solve(changes: list[Tensor]) -> Tensor:
    """B A^+ of one matrix.

    Args:
        changes: one an expert, shape (outputs, inputs), double precision.
    Returns:
        Shape (outputs, inputs); 0 where nothing changed.
    """
    total, wanted = torch.zeros(()), torch.zeros(())
    for change in changes:
        size = change.square().sum()
        if size > 0:
            square = change.T @ change / size
            total, wanted = total + square, wanted + change @ square
    if not total.dim():
        return torch.zeros_like(changes[0])
    return wanted @ torch.linalg.pinv(total, hermitian=True, rtol=NEGLIGIBLE)
