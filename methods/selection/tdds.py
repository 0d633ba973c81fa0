"""TDDS: how unevenly predictions move along training, most unevenly kept.

With p_t the softmax after epoch t, d_t = sum_c |p_{t+1,c} (log p_{t+1,c} - log p_{t,c})|; over the
windows k of J epochs, R_k = |d in k - mean of d in k|, and
  score = sum_k decay (1 - decay)^(last - k) R_k.
Source: Zhang et al., and github.com/zhangxin-xd/Dataset-Pruning-TDDS, with its
decay .9, and ten epochs in windows of five as for their highest rates. Their training on the subset
scales each batch's loss by its mean score: here all weigh the same. No label is looked at, but the
network was trained with them.
"""

import torch
from torch import Tensor

from bench import method
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import hardest

SMALLEST = 1e-8


@method(
    name="tdds",
    title="TDDS (10 epochs, unweighted)",
    paper=(
        "Spanning Training Progress: Temporal Dual-Depth Scoring (TDDS) for Enhanced Dataset "
        "Pruning",
        2024,
        "https://arxiv.org/abs/2311.13613",
    ),
    needs=["course"],
    params={"window": 5, "decay": 0.9},
)
def tdds(problem: SelectionProblem, *, window: int, decay: float) -> Chosen:
    """Keep the examples whose predictions move most unevenly, late in training most of all."""
    return hardest(problem, unevenness(problem.course.logits.softmax(-1), window, decay))


def unevenness(probabilities: Tensor, window: int, decay: float) -> Tensor:
    """The score, shape (n,).

    Args:
        probabilities: after each epoch, shape (epochs, n, classes).
        window: epochs a window, at least 3: two have one step, which is its own mean.
        decay: the last window's weight.
    """
    logs = (probabilities + SMALLEST).log()
    steps = (probabilities[1:] * (logs[1:] - logs[:-1])).abs().sum(-1)
    windows = steps.unfold(0, window - 1, 1)  # (windows, n, steps in a window)
    spread = (windows - windows.mean(-1, keepdim=True)).square().sum(-1).sqrt()
    weights = decay * (1 - decay) ** torch.arange(len(spread) - 1, -1, -1)
    return (weights[:, None] * spread).sum(0)
