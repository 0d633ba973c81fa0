"""Iso-C: add the experts' changes up, then make every singular value the same.

For each weight matrix: T = sum_i t_i = U diag(s) V^T; theta = theta_0 + scale * mean(s) * U V^T.
For other tensors: theta_0 + scale * (1/K) sum_i t_i.
Source: Marczak et al., section 4, Iso-C; what happens to other tensors is in their released code
(src/utils/iso.py), which chooses `scale` by validation over 0.1, 0.2, ..., 3.0 and has no
default; 1 is fusion-bench's. Averaging over all r singular values is theirs too.
Only U V^T is needed, the polar factor of T. Directions in which T is zero, up to the rounding of
the stored experts, stay zero: the released code lets LAPACK choose vectors there. For a matrix of
n x m, n <= m: 11n^3 + 4n^2 m FLOPs.
"""

from collections.abc import Sequence

from torch import Tensor

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.spectral import merge_matrices, polar
from suites.merging.task_vectors import add_change
from suites.merging.vectors import State, sum_tensors


@method(
    name="iso_c",
    title="Iso-C",
    paper=("No Task Left Behind", 2025, "https://arxiv.org/abs/2502.04959"),
    needs=["pretrained"],
    params={"scale": 1.0},
    space={
        "scale": [
            0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0,
            1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0,
            2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 2.7, 2.8, 2.9, 3.0,
        ]
    },
)  # fmt: skip
def iso_c(problem: MergingProblem, *, scale: float) -> State:
    """Add the changes of each matrix, level its singular values, add the result."""
    change = problem.remember("iso_c", lambda: merge_matrices(problem, level))
    return add_change(problem.pretrained, change, scale)


def level(changes: list[Tensor], noise: Sequence[float] = ()) -> Tensor:
    """The sum of the changes with each singular value replaced by their mean.

    Args:
        changes: one an expert, shape (rows, columns).
        noise: of each (suites.merging.spectral); by default there is none.
    Returns:
        Shape (rows, columns), double precision.
    """
    factor, values = polar(sum_tensors(changes), sum(noise))
    return values.mean() * factor
