"""SCE: select where experts differ, weigh each by how much it changed, erase the minority's sign.

With t_i = theta_i - theta_0, for each tensor by itself:
1. select: in every t_i keep the entries whose variance over the experts is largest: the `keep`
   share of those where it isn't zero, rounded down, and what equals the smallest of them;
2. calculate: w_i = mean of t_i^2, made to sum to 1 over the experts;
3. erase: the sign of each entry is that of sum_i t_i (+ where it is 0); what has another drops;
theta = theta_0 + scale * sum_i w_i t_i / sum_i w_i, over what stays of each entry.
Source: Wan et al. (FuseChat), section 3.3, with their keep = 10% and scale 1; the steps' order, the
rounding and the tie's sign as in mergekit's `sce`. scale isn't theirs: tuning may choose it.
"""

import torch
from torch import Tensor

from bench import method
from suites.merging.each_tensor import merge_each_tensor
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import PIECE
from suites.merging.vectors import State, order_statistics


@method(
    name="sce",
    title="SCE",
    paper=("FuseChat: Knowledge Fusion of Chat Models", 2024, "https://arxiv.org/abs/2408.07990"),
    needs=["pretrained"],
    params={"keep": 0.1, "scale": 1.0},
    space={"keep": [0.05, 0.1, 0.3, 1.0], "scale": [0.5, 1.0, 1.5, 2.0, 3.0]},
)
def sce(problem: MergingProblem, *, keep: float, scale: float) -> State:
    """Select, calculate, erase, tensor by tensor; add `scale` times the result."""
    return merge_each_tensor(problem, lambda changes: fuse(select(changes, keep)), scale)


def select(changes: Tensor, keep: float) -> Tensor:
    """Step 1, in place: zero all but the entries on which the rows differ most.

    Args:
        changes: shape (experts, weights); overwritten.
        keep: a share; 1 keeps everything, also where all agree.
    """
    if keep >= 1:
        return changes
    variance = changes.var(0, correction=0)
    kept = int(keep * int(variance.count_nonzero()))
    if not kept:
        return changes.zero_()
    return changes.mul_(variance >= order_statistics(variance, [len(variance) - kept])[0])


def fuse(changes: Tensor) -> Tensor:
    """Steps 2 and 3: the weighted mean of what has the sum's sign, shape (weights,)."""
    size = torch.linalg.vector_norm(changes, dim=1, dtype=torch.float64).square()
    share = size / size.sum() if size.sum() > 0 else torch.full_like(size, 1 / len(size))
    share = share.to(changes.dtype)[:, None]
    merged = torch.empty_like(changes[0])
    for piece, out in zip(changes.split(PIECE, 1), merged.split(PIECE), strict=True):
        sign = torch.where(piece.sum(0) >= 0, 1, -1)
        weight = (piece.sign() == sign) * share
        total = weight.sum(0)
        torch.div((weight * piece).sum(0), torch.where(total > 0, total, 1), out=out)
    return merged
