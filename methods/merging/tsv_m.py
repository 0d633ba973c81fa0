"""TSV-M: keep each expert's leading singular directions, then decorrelate them between experts.

For each weight matrix, r = min(rows, columns), t_i = U_i diag(s_i) V_i^T:
1. keep the first r / K singular directions of every t_i;
2. put them side by side: U = [U_1 ... U_K], V = [V_1 ... V_K], s = (s_1, ..., s_K);
3. whiten: replace U and V by their nearest orthonormal matrices (Procrustes), polar(U), polar(V);
4. theta = theta_0 + scale * polar(U) diag(s) polar(V)^T.
Other tensors: theta_0 + scale * (1/K) sum_i t_i.
Source: Gargiulo et al., TSV-Merge; scale 1 is theirs. Their released code (src/utils/TSVM_utils.py)
searches 0.1, 0.2, ..., 3.0 and rounds r / K down; here at least one direction is kept where K is
above r. Directions that experts share to the last digit are shared out between them; LAPACK's
choice of vectors, which the released code takes there, would add arbitrary ones. To the last digit
means up to the rounding of the stored experts; singular values within it count as zero.
"""

from collections.abc import Sequence

from torch import Tensor, cat

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.spectral import invert, merge_matrices, thin_svd, whiten
from suites.merging.task_vectors import add_change
from suites.merging.vectors import State


@method(
    name="tsv_m",
    title="TSV-M",
    paper=("Task Singular Vectors", 2025, "https://arxiv.org/abs/2412.00081"),
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
def tsv_m(problem: MergingProblem, *, scale: float) -> State:
    """Truncate each expert's change of each matrix, whiten the directions, put together."""
    change = problem.remember("tsv_m", lambda: merge_matrices(problem, decorrelate))
    return add_change(problem.pretrained, change, scale)


def decorrelate(changes: list[Tensor], noise: Sequence[float] = ()) -> Tensor:
    """Steps 1 to 4 for one matrix, without theta_0 and scale.

    Args:
        changes: one an expert, shape (rows, columns).
        noise: of each (suites.merging.spectral); by default there is none.
    Returns:
        Shape (rows, columns), double precision.
    """
    keep = max(1, min(changes[0].shape) // len(changes))
    noise = noise or [0.0] * len(changes)
    parts = [thin_svd(change, keep, own) for change, own in zip(changes, noise, strict=True)]
    doubts = [own * invert(part[1]) for part, own in zip(parts, noise, strict=True)]
    left = whiten([part[0] for part in parts], doubts)
    right = whiten([part[2].T for part in parts], doubts)
    return (left * cat([part[1] for part in parts])) @ right.T
