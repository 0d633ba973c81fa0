"""DARE: drop changes at random, rescale those that stay, then task arithmetic.

t_i' = t_i * m / (1 - drop), m ~ Bernoulli(1 - drop) for each weight;
theta = theta_0 + scale * sum_i t_i'. The sum is unbiased: E[t_i'] = t_i.
Source: Yu et al., section 3.2 (drop and rescale) and 3.3 (merging). `drop` 0.1 is the default of
their command line for merging (merge_plms_glue.py, weight_mask_rate), which searches 0.1, 0.3, ...,
0.9; 0.9 is the share that they drop from a single model without loss. `scale` as in task
arithmetic; the grid here goes from 0.05 to 0.8, so that most tuned runs end inside it. A draw is
one sample of the method: read its row over three seeds at least.
"""

import torch
from torch import Generator, Tensor

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, copy_state, weight_names


@method(
    name="dare",
    title="DARE",
    paper=("Language Models are Super Mario", 2024, "https://arxiv.org/abs/2311.03099"),
    needs=["pretrained"],
    params={"drop": 0.1, "scale": 0.3},
    space={"drop": [0.1, 0.3, 0.5, 0.7, 0.9], "scale": [0.05, 0.15, 0.3, 0.5, 0.8]},
    traits=["random"],
)
def dare(problem: MergingProblem, *, drop: float, scale: float) -> State:
    """Drop and rescale each task vector, then add their scaled sum."""
    merged = copy_state(problem.pretrained)
    for expert in problem.experts:
        for name in weight_names(merged):
            change = expert[name] - problem.pretrained[name]
            merged[name].add_(drop_and_rescale(change, drop, problem.generator), alpha=scale)
    return merged


def drop_and_rescale(changes: Tensor, drop: float, generator: Generator) -> Tensor:
    """Zero each entry with probability `drop`, divide the others by 1 - drop, in place.

    Args:
        changes: of any shape, e.g. a task vector; overwritten.
        drop: in [0, 1).
        generator: draws one number an entry.
    Returns:
        `changes`; its expectation is what it was.
    """
    stays = torch.rand(changes.shape, generator=generator).ge_(drop)
    return changes.mul_(stays).div_(1 - drop)
