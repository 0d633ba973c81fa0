"""Consensus task arithmetic (one lambda): keep only changes that serve at least two tasks.

With t = sum_i t_i and the masks m_i = |t_i| > threshold |t - t_i| of TALL-masks
(methods.merging.tall_masks): theta = theta_0 + scale t where sum_i m_i >= agree, else theta_0.
Weights of no task are called catastrophic, those of one task selfish; agree = 2 removes both and
agree = 0 is task arithmetic. Source: Wang et al., section 5, and their released code (k = 2).
They choose lambda (here `threshold`) from 0.2, 0.3, ..., 0.6 for each task by how its TALL-mask
validates, then alpha (here `scale`) over 0..1; here all tasks share one lambda, by default the
middle of that range, tuned together with scale; scale's default is task arithmetic's. The grid
has 0.1 besides, so that most tuned runs end inside it.
"""

from torch import Tensor

from bench import method
from methods.merging.tall_masks import locate
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import merge_each_weight
from suites.merging.vectors import State


@method(
    name="consensus",
    title="Consensus TA (one lambda)",
    paper=("Localizing Task Information", 2024, "https://arxiv.org/abs/2405.07813"),
    needs=["pretrained"],
    params={"threshold": 0.4, "agree": 2, "scale": 0.3},
    space={"threshold": [0.1, 0.2, 0.3, 0.4, 0.6], "scale": [0.3, 0.5, 0.8, 1.1]},
)
def consensus(problem: MergingProblem, *, threshold: float, agree: int, scale: float) -> State:
    """Add the summed changes where at least `agree` experts' masks hold them."""

    def merge(changes: Tensor) -> Tensor:
        total = changes.sum(0)
        return total * (locate(changes, total, threshold).sum(0) >= agree)

    return merge_each_weight(problem, merge, scale)
