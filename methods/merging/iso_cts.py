"""Iso-CTS: Iso-C with the least directions of the sum replaced by each expert's own.

For each weight matrix, r = min(rows, columns), and T = sum_i t_i = U diag(s) V^T:
1. common: the first k singular vectors U_c, V_c of T and their values;
2. task-specific: the first d = (r - k) / K of each t_i - U_c U_c^T t_i;
3. put all r of them side by side, U* and V*, and take their nearest orthonormal matrices;
4. theta = theta_0 + scale * mean(the r singular values) * polar(U*) polar(V*)^T.
Other tensors: theta_0 + scale * (1/K) sum_i t_i. Source: Marczak et al., section 4, Iso-CTS,
with k = 0.8 r; from their released code: k = int(common * r), d = round((r - k) / K), and k
becomes r - dK (with more experts than directions to give, d = 0: Iso-C). `scale` as in Iso-C.
Two shortcuts give the same numbers: where the matrix isn't tall, step 2 decomposes t_i in the
r - k dimensions that U_c leaves, and polar(V*)^T is that of the right vectors as rows.
"""

import torch
from torch import Tensor

from bench import method
from methods.merging.iso_c import level
from suites.merging.problem import MergingProblem
from suites.merging.spectral import merge_matrices, polar, thin_svd
from suites.merging.vectors import State, sum_tensors


@method(
    name="iso_cts",
    title="Iso-CTS",
    paper=("No Task Left Behind", 2025, "https://arxiv.org/abs/2502.04959"),
    needs=["pretrained"],
    params={"scale": 1.0, "common": 0.8},
    space={
        "scale": [
            0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0,
            1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0,
            2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 2.7, 2.8, 2.9, 3.0,
        ]
    },
)  # fmt: skip
def iso_cts(problem: MergingProblem, *, scale: float, common: float) -> State:
    """Keep the sum's common directions, add each expert's own, level the singular values."""
    return merge_matrices(problem, lambda changes: combine(changes, common), scale)


def combine(changes: list[Tensor], common: float) -> Tensor:
    """Steps 1 to 4 for one matrix, without theta_0 and scale.

    Args:
        changes: one an expert, shape (rows, columns).
        common: k / r, in [0, 1].
    Returns:
        Shape (rows, columns), double precision.
    """
    rank, experts = min(changes[0].shape), len(changes)
    own = min(round((rank - int(common * rank)) / experts), rank // experts)
    if own == 0:
        return level(changes)
    parts = [thin_svd(sum_tensors(changes), rank - own * experts)]
    parts += own_directions(parts[0][0], changes, own)
    left, _ = polar(torch.cat([part[0] for part in parts], 1))
    right, _ = polar(torch.cat([part[2] for part in parts]))
    return torch.cat([part[1] for part in parts]).mean() * (left @ right)


def own_directions(
    common: Tensor, changes: list[Tensor], own: int
) -> list[tuple[Tensor, Tensor, Tensor]]:
    """The leading singular vectors and values of each change, outside the common columns.

    Args:
        common: orthonormal columns, shape (rows, k).
        changes: one an expert, shape (rows, columns).
        own: how many for each.
    Returns:
        For each expert U (rows, own), s (own,), V^T (own, columns).
    """
    rows, columns = changes[0].shape
    if rows > columns:
        doubles = (change.double() for change in changes)
        return [thin_svd(change - common @ (common.T @ change), own) for change in doubles]
    outside = torch.linalg.qr(common, mode="complete").Q[:, common.shape[1] :]
    found = [thin_svd(outside.T @ change.double(), own) for change in changes]
    return [(outside @ left, values, right) for left, values, right in found]
