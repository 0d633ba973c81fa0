"""TALL-masks (one lambda): for each task, the part of the summed changes that serves it.

With t = sum_i t_i, t_i = theta_i - theta_0: m_i = |t_i| > threshold |t - t_i|, and task i runs on
theta_0 + m_i * t (not scaled). One state an expert; what must be stored is theta_0, t and K masks
of one bit a weight. Source: Wang et al., section 4, and their released code.
They choose lambda (here `threshold`) from 0.2, 0.3, ..., 0.6 for each task on its validation data;
here all tasks share one, by default the middle of that range, and tuning tries the five and two
below, so that most runs end inside the grid; at 0 every changed weight is a task's own.
"""

import torch
from torch import Tensor

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import split_task_vectors
from suites.merging.vectors import State, copy_state


@method(
    name="tall_masks",
    title="TALL-masks (one lambda)",
    paper=("Localizing Task Information", 2024, "https://arxiv.org/abs/2405.07813"),
    track="multi",
    needs=["pretrained", "task_id", "extra_parameters"],
    params={"threshold": 0.4},
    space={"threshold": [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]},
)
def tall_masks(problem: MergingProblem, *, threshold: float) -> list[State]:
    """One state an expert: the sum of the task vectors through that expert's mask."""
    states = [copy_state(problem.pretrained) for _expert in problem.experts]
    for name, where, changes in split_task_vectors(problem):
        total = changes.sum(0)
        for state, mask in zip(states, locate(changes, total, threshold), strict=True):
            state[name].view(-1)[where].add_(total * mask)
    return states


def locate(changes: Tensor, total: Tensor, threshold: float) -> Tensor:
    """Which weights matter to which task, bool (experts, weights).

    Args:
        changes: the task vectors, shape (experts, weights).
        total: their sum, shape (weights,).
        threshold: lambda; the higher, the fewer.
    """
    return changes.abs() > torch.sub(total, changes).abs_().mul_(threshold)
