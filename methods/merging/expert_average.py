"""Expert averaging: the groups of M-SMoE, each merged by a plain mean, without alignment.

W of a group = its experts' mean, hidden units as they stand. Groups: the most used experts lead,
each other one joins the leader whose router scores are most like its own. Source: the baseline
"averaging" of Li et al., as in github.com/UNITES-Lab/MC-SMoE (merge-by-averaging.py), whose groups
may be taken by any likeness; here by M-SMoE's own, so that the two differ in merging alone.
"""

import torch

from bench import method
from suites.merging.expert_groups import group_experts, merge_groups
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State


@method(
    name="expert_average",
    title="Averaged experts (groups by routing)",
    paper=(
        "Merge, then compress: demystify efficient SMoE with hints from its routing policy",
        2024,
        "https://arxiv.org/abs/2310.01334",
    ),
    track="multi",
    needs=["routing", "extra_parameters"],
    params={"each": 4},
)
def expert_average(problem: MergingProblem, *, each: int) -> list[State]:
    """Group by routing, average."""
    leading, used = group_experts(problem, each)
    return merge_groups(problem.experts, leading, torch.ones_like(used))
