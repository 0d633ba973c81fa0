"""Activation matching by correlation, then REPAIR, as REPAIR's authors run it.

For each hidden layer P_l = argmax <P_l, corr(Z_l^A, Z_l^B)>, a linear assignment; theta =
1/2 (theta_A + P(theta_B)); then each hidden channel's mean and deviation is set to the mean of the
two experts', or BatchNorm's running statistics are measured anew (suites.merging.repair).
Source: Jordan et al., sections 2 and 3, and github.com/KellerJordan/REPAIR. Matching and statistics
are on the same unlabelled inputs of both tasks.
"""

from bench import method
from methods.merging.activation_matching import by_activations
from suites.merging.permutations import align
from suites.merging.problem import MergingProblem
from suites.merging.repair import repair, union_of_inputs
from suites.merging.vectors import State, average


@method(
    name="activation_matching_repair",
    title="Activation matching + REPAIR",
    paper=("REPAIR", 2023, "https://arxiv.org/abs/2211.08403"),
    needs=["apart", "unlabeled"],
    traits=["order_matters", "recalibrates"],
    params={"correlation": True, "examples": 256},
    space={"correlation": [False, True]},
)
def activation_matching_repair(
    problem: MergingProblem, *, correlation: bool, examples: int
) -> State:
    """Align, average, repair."""
    inputs = union_of_inputs(problem, examples)
    aligned = align(problem, by_activations(problem, inputs, correlation))
    return repair(problem, average(aligned), aligned, inputs)
