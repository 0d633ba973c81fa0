"""Weight matching, then REPAIR: hidden channels get back their experts' mean and deviation.

theta = 1/2 (theta_A + P(theta_B)) as in methods.merging.weight_matching; then, layer by layer, each
hidden channel's mean and standard deviation on unlabelled inputs of both tasks is set to the mean
of the two experts'; where BatchNorm follows, its running statistics are measured anew instead.
Source: Jordan et al., section 3, and github.com/KellerJordan/REPAIR; the matching is Git
Re-Basin's.
"""

from bench import method
from methods.merging.weight_matching import by_weights
from suites.merging.permutations import align
from suites.merging.problem import MergingProblem
from suites.merging.repair import repair, union_of_inputs
from suites.merging.vectors import State, average


@method(
    name="weight_matching_repair",
    title="Weight matching + REPAIR",
    paper=("REPAIR", 2023, "https://arxiv.org/abs/2211.08403"),
    needs=["apart", "unlabeled"],
    traits=["random", "order_matters", "recalibrates"],
    params={"examples": 256},
)
def weight_matching_repair(problem: MergingProblem, *, examples: int) -> State:
    """Align, average, repair."""
    aligned = align(problem, by_weights(problem))
    return repair(problem, average(aligned), aligned, union_of_inputs(problem, examples))
