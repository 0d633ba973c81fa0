"""M-SMoE: a mixture's experts are merged into its most used ones, weighted by how often they are.

1. The hidden units of all experts are put into the first one's order by weight matching.
2. The most used experts lead groups; each other one joins the leader whose router scores are most
   like its own, by the cosine over inputs.
3. W of a group = sum_i f_i W_i / sum_i f_i, f_i the share of inputs that go to expert i. The router
   stays: what it sends to any of a group goes to the one that they share.
Source: Li et al., as in github.com/UNITES-Lab/MC-SMoE (permute-model.py, then
group_experts_into_clusters_by_routing_guided_globally and
merge_by_groups_with_usage_frequency_weighting), at their README's 256 inputs and 8 groups of 32
experts: four to a group in the mean (`each`). Left out: sharing groups out among layers, as there
is one, and distilling the mixture into the merged one afterwards.
"""

from bench import method
from suites.merging.expert_groups import aligned_experts, group_experts, merge_groups
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State


@method(
    name="m_smoe",
    title="M-SMoE (not distilled)",
    paper=(
        "Merge, then compress: demystify efficient SMoE with hints from its routing policy",
        2024,
        "https://arxiv.org/abs/2310.01334",
    ),
    track="multi",
    needs=["routing", "extra_parameters"],
    params={"each": 4},
)
def m_smoe(problem: MergingProblem, *, each: int) -> list[State]:
    """Group by routing, align, average by use."""
    leading, used = group_experts(problem, each)
    return merge_groups(aligned_experts(problem), leading, used)
