"""Expert pruning: the most used experts stay as they are, and answer for the others.

Groups are those of M-SMoE: the most used experts lead, each other one joins the leader whose router
scores are most like its own; what the router sends to one of a group goes to its leader. Source:
the baseline "pruning" of Li et al., as in github.com/UNITES-Lab/MC-SMoE
(prune_non_core_experts_by_groups, strategy `replace`), which distils afterwards.
"""

from bench import method
from suites.merging.expert_groups import group_experts
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, copy_state


@method(
    name="expert_pruning",
    title="Pruned experts (by routing, not distilled)",
    paper=(
        "Merge, then compress: demystify efficient SMoE with hints from its routing policy",
        2024,
        "https://arxiv.org/abs/2310.01334",
    ),
    track="multi",
    needs=["routing", "extra_parameters"],
    params={"each": 4},
)
def expert_pruning(problem: MergingProblem, *, each: int) -> list[State]:
    """Group by routing, keep the leaders."""
    leading, _used = group_experts(problem, each)
    return [copy_state(problem.experts[leader]) for leader in leading.tolist()]
