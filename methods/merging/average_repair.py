"""Average, then REPAIR: the mean of the weights, its hidden channels' deviations restored.

As methods.merging.weight_matching_repair, without matching any channel: what REPAIR alone is worth.
Source: Jordan et al., section 3, who show it beside the aligned networks.
"""

from bench import method
from suites.merging.permutations import own_states
from suites.merging.problem import MergingProblem
from suites.merging.repair import repair, union_of_inputs
from suites.merging.vectors import State, average


@method(
    name="average_repair",
    title="Average + REPAIR",
    paper=("REPAIR", 2023, "https://arxiv.org/abs/2211.08403"),
    needs=["apart", "unlabeled"],
    traits=["recalibrates"],
    params={"examples": 256},
)
def average_repair(problem: MergingProblem, *, examples: int) -> State:
    """Average, repair."""
    states = own_states(problem)
    return repair(problem, average(states), states, union_of_inputs(problem, examples))
