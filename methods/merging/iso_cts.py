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
dimensions that U_c leaves, and U* and V* have a column less for each singular value that is zero
up to the rounding of the stored experts (suites.merging.spectral), where any vector would do.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from bench import method
from methods.merging.iso_c import level
from suites.merging.problem import MergingProblem
from suites.merging.spectral import NEGLIGIBLE, Svd, invert, merge_matrices, thin_svd, whiten
from suites.merging.task_vectors import add_change
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
    change = problem.remember(
        ("iso_cts", common),
        lambda: merge_matrices(problem, lambda changes, noise: combine(changes, common, noise)),
    )
    return add_change(problem.pretrained, change, scale)


def combine(changes: list[Tensor], common: float, noise: Sequence[float] = ()) -> Tensor:
    """Steps 1 to 4 for one matrix, without theta_0 and scale.

    Args:
        changes: one an expert, shape (rows, columns).
        common: k / r, in [0, 1].
        noise: of each change (suites.merging.spectral); by default there is none.
    Returns:
        Shape (rows, columns), double precision.
    """
    noise = noise or [0.0] * len(changes)
    rank, experts = min(changes[0].shape), len(changes)
    own = min(round((rank - int(common * rank)) / experts), rank // experts)
    if own == 0:
        return level(changes, noise)
    parts = [thin_svd(sum_tensors(changes), rank - own * experts, sum(noise))]
    doubts = [sum(noise) * invert(parts[0][1])]
    turned = NEGLIGIBLE + max(doubts[0].tolist(), default=0.0)  # how far U_c may be from the truth
    for change, stored in zip(changes, noise, strict=True):
        outside = stored + turned * float(torch.linalg.vector_norm(change))
        parts.append(own_directions(parts[0], change, own, outside))
        doubts.append(outside * invert(parts[-1][1]))
    left = whiten([part[0] for part in parts], doubts)
    right = whiten([part[2].T for part in parts], doubts)
    return torch.cat([part[1] for part in parts]).mean() * (left @ right.T)


def own_directions(common: Svd, change: Tensor, own: int, noise: float) -> Svd:
    """The leading singular vectors and values of a change, outside the common columns.

    Args:
        common: the first k directions of the sum; those whose value is zero take no room.
        change: shape (rows, columns).
        own: how many.
        noise: of the change outside the common columns.
    Returns:
        U (rows, own), s (own,), V^T (own, columns).
    """
    columns = common[0][:, common[1] > 0]
    change = change.double()
    if change.shape[0] > change.shape[1]:
        return thin_svd(change - columns @ (columns.T @ change), own, noise)
    outside = torch.linalg.qr(columns, mode="complete").Q[:, columns.shape[1] :]
    left, values, right = thin_svd(outside.T @ change, own, noise)
    return outside @ left, values, right
