"""EMR-Merging: one elected change for all tasks; each task has a mask and a scale of its own.

With t_i = theta_i - theta_0, for each weight:
1. elect: sign = + where sum_i t_i > 0, else -; tau = sign * the largest |t_i| of that sign;
2. mask: m_i = 1 where t_i has the elected sign;
3. rescale: c_i = sum |t_i| / sum |m_i tau|, over all weights, so that the mean magnitude is t_i's;
theta^(i) = theta_0 + c_i m_i tau. Deployed are one state, K masks of a bit a weight and K numbers.
Source: Huang et al., section 3.2 and algorithm 1. Their code (src/main_emr_merging.py) takes both
sums of c_i as a sum over tensors of their means, so that a bias counts as much as a matrix; here
over all weights, as the paper's equation says. No hyperparameter.
"""

import torch
from torch import Tensor

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import split_task_vectors
from suites.merging.vectors import State, copy_state


@method(
    name="emr",
    title="EMR-Merging",
    paper=("EMR-Merging", 2024, "https://arxiv.org/abs/2405.17461"),
    track="multi",
    needs=["pretrained", "task_id", "extra_parameters"],
)
def emr(problem: MergingProblem) -> list[State]:
    """One state an expert: the elected changes that agree with its own, scaled."""
    count = len(problem.experts)
    states = [copy_state(problem.pretrained) for _expert in range(count)]
    masked = [{name: torch.zeros_like(t) for name, t in states[0].items()} for _ in range(count)]
    own, elected = torch.zeros(count, dtype=torch.float64), torch.zeros(count, dtype=torch.float64)
    for name, where, changes in split_task_vectors(problem):
        through = elect(changes)
        own += changes.abs().sum(1, dtype=torch.float64)
        elected += through.abs().sum(1, dtype=torch.float64)
        for state, part in zip(masked, through, strict=True):
            state[name].view(-1)[where] = part
    scales = torch.where(elected > 0, own / elected, 0.0).tolist()
    for state, change, scale in zip(states, masked, scales, strict=True):
        for name, tensor in state.items():
            if tensor.is_floating_point():
                tensor.add_(change[name], alpha=scale)
    return states


def elect(changes: Tensor) -> Tensor:
    """Steps 1 and 2: the elected change through each expert's mask.

    Args:
        changes: the task vectors, shape (experts, weights).
    Returns:
        The same shape; a row is m_i tau.
    """
    sign = torch.where(changes.sum(0) > 0, 1.0, -1.0).to(changes.dtype)
    agreeing = (changes * sign).clamp_(min=0)
    return (agreeing > 0) * (agreeing.amax(0) * sign)
