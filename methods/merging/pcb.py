"""PCB: weigh every change by its size within its task and its agreement with the other tasks.

With t_i = theta_i - theta_0 as flat vectors over all weights, their magnitudes clipped at the
CLIP share of each tail, minmax to [0, 1] within a task:
intra_i = exp(K minmax(|t_i|)^2), inter_i = tanh(t_i * sum_j t_j), b_i = intra_i * inter_i;
s_i = minmax(b_i floored at its (1 - keep) quantile): what lies below it gets no weight at all;
theta = theta_0 + scale sum_i s_i t_i / sum_i s_i.
Source: Du et al., section 3, in the form of the released pcb-merging.py, from which come the
clipping (1e-4), clipped t_i in the last line but not in inter_i, and the indices of the quantiles.
r = keep = 0.1 and lambda = scale = 1.2 as there; its scripts search keep over 0.05, 0.1, 0.2 and
scale over 0.8 to 2.2. The grid here is wider in both, so that most tuned runs end inside it.
"""

import torch
from torch import Tensor

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import add_task_vector, task_vectors
from suites.merging.vectors import State, order_statistics, sum_tensors

CLIP = 1e-4
"""The share of magnitudes in each tail that is clipped."""


@method(
    name="pcb",
    title="PCB",
    paper=("Parameter Competition Balancing", 2024, "https://arxiv.org/abs/2410.02396"),
    needs=["pretrained"],
    params={"keep": 0.1, "scale": 1.2},
    space={"keep": [0.02, 0.05, 0.1, 0.2, 0.4], "scale": [0.4, 0.8, 1.2, 1.6, 2.2, 3.2]},
)
def pcb(problem: MergingProblem, *, keep: float, scale: float) -> State:
    """Balance the task vectors, then add `scale` times their weighted mean."""
    merged = problem.remember(
        ("pcb", keep), lambda: balance(problem, sum_tensors(task_vectors(problem)), keep, CLIP)
    )
    return add_task_vector(problem.pretrained, merged, scale)


def balance(problem: MergingProblem, rivals: Tensor, keep: float, clip: float) -> Tensor:
    """sum_i s_i t_i / sum_i s_i, shape (weights,).

    Args:
        problem: the experts and the pretrained weights.
        rivals: what a change is held against in inter_i, shape (weights,).
        keep, clip: shares.
    """
    weighted, weight = torch.zeros_like(rivals), torch.zeros_like(rivals)
    for change in task_vectors(problem):
        inter = (change.double() * rivals).tanh_()
        magnitude = clip_tails(change.abs(), clip, clip)
        change.sign_().mul_(magnitude)
        # exp(K m^2 - K): minmax undoes the factor exp(-K), without which many experts overflow. In
        # single precision 89 would, or what agrees with the others would vanish.
        size = minmax(magnitude).double().square_().sub_(1)
        score = size.mul_(len(problem.experts)).exp_().mul_(inter)
        score = minmax(clip_tails(score, 1 - keep, 0)).to(change.dtype)
        weight += score
        weighted += score.mul_(change)
    return weighted.div_(weight.clamp_(min=1e-12))


def clip_tails(values: Tensor, lower: float, upper: float) -> Tensor:
    """Raise the `lower` share of smallest values and cut the `upper` share of largest, in place.

    The bounds are entries of the vector at the ranks that the authors' code takes.
    """
    count = len(values)
    low = min(int(count * lower), count - 1)
    if upper == 0:
        return values.clamp_(min=order_statistics(values, [low])[0])
    return values.clamp_(*order_statistics(values, [low, int(count * (1 - upper) - 1)]))


def minmax(values: Tensor) -> Tensor:
    """Move and scale a vector to [0, 1], in place; one without differences becomes 0."""
    low, high = values.aminmax()
    return values.sub_(low).div_((high - low).clamp(min=torch.finfo(values.dtype).tiny))
