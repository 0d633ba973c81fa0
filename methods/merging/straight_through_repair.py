"""Straight-through estimator (20 steps), then REPAIR.

The permutation of methods.merging.straight_through, the mean of the aligned experts, and its hidden
channels' means and deviations set to the mean of the experts', or BatchNorm's running statistics
measured anew (suites.merging.repair). Source: Jordan et al., section 3; the estimator is Git
Re-Basin's.
"""

from bench import method
from methods.merging.straight_through import by_descent
from suites.merging.permutations import align
from suites.merging.problem import MergingProblem
from suites.merging.repair import repair, union_of_inputs
from suites.merging.vectors import State, average


@method(
    name="straight_through_repair",
    title="Straight-through (20 steps) + REPAIR",
    paper=("REPAIR", 2023, "https://arxiv.org/abs/2211.08403"),
    needs=["apart", "labels", "gradients", "unlabeled"],
    traits=["random", "order_matters", "recalibrates"],
    params={"rate": 0.01, "steps": 20, "examples": 256},
    space={"rate": [0.01, 0.03, 0.1]},
)
def straight_through_repair(
    problem: MergingProblem, *, rate: float, steps: int, examples: int
) -> State:
    """Align, average, repair."""
    aligned = align(problem, by_descent(problem, rate, steps, examples))
    return repair(problem, average(aligned), aligned, union_of_inputs(problem, examples))
