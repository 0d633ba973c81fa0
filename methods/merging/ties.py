"""TIES: drop small changes, elect one sign per weight, average those that agree.

With t_i = theta_i - theta_0 as flat vectors over all weights:
1. trim: in each t_i keep the `keep` share of largest magnitude, set the others to zero;
2. elect: sign = sgn(sum_i t_i); where it is zero, the sign that most weights elected;
3. merge: at each weight, the mean of the nonzero entries whose sign is the elected one;
theta = theta_0 + scale * merged.
Source: Yadav et al., section 4 and algorithm 1, with their defaults keep = 20% and scale = 1 for
use without validation, and their search of scale over 0.8, 0.9, ..., 2.5 (appendix C.4, and the
command lines of their README); here from 0.3, as the changes of many experts may agree on more.
Entries equal to the smallest one kept are kept too, as in the authors' code.
"""

import torch
from torch import Tensor

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import PIECE, add_task_vector, stack_task_vectors
from suites.merging.vectors import State, order_statistics


@method(
    name="ties",
    title="TIES",
    paper=("TIES-Merging", 2023, "https://arxiv.org/abs/2306.01708"),
    needs=["pretrained"],
    params={"keep": 0.2, "scale": 1.0},
    space={
        "scale": [
            0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2,
            1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.1, 2.3, 2.5,
        ]
    },
)  # fmt: skip
def ties(problem: MergingProblem, *, keep: float, scale: float) -> State:
    """Trim, elect, merge; add the scaled result to the pretrained model."""
    merged = problem.remember(
        ("ties", keep), lambda: elect_and_average(trim(stack_task_vectors(problem), keep))
    )
    return add_task_vector(problem.pretrained, merged, scale)


def trim(changes: Tensor, keep: float) -> Tensor:
    """Zero all but the largest entries of each row, in place.

    Args:
        changes: task vectors, shape (experts, weights); overwritten.
        keep: the share kept, in [0, 1]; rounded to a whole number of entries, at least one.
    Returns:
        `changes`.
    """
    weights = changes.shape[1]
    kept = max(1, round(keep * weights))
    for change in changes:
        if change.count_nonzero() > kept:  # else nothing is left to drop: DARE went further
            magnitude = change.abs()
            (smallest_kept,) = order_statistics(magnitude, [weights - kept])
            change.masked_fill_(magnitude < smallest_kept, 0)
    return changes


def elect_and_average(changes: Tensor) -> Tensor:
    """The mean, at each weight, of the nonzero entries that have the elected sign.

    Args:
        changes: trimmed task vectors, shape (experts, weights).
    Returns:
        Shape (weights,); 0 where no entry agrees.
    """
    sign = changes.sum(0).sign_()
    sign.masked_fill_(sign == 0, float(sign.sum().sign()))
    mean = torch.empty_like(sign)
    for piece, elected, result in zip(
        changes.split(PIECE, 1), sign.split(PIECE), mean.split(PIECE), strict=True
    ):
        magnitude = (piece * elected).relu_()  # 0 where the entry is 0 or of the other sign
        torch.mul(magnitude.sum(0), elected, out=result)
        result.div_(magnitude.sign_().sum(0).clamp_(min=1))
    return mean
