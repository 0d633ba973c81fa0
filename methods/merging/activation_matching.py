"""Activation matching: permute the second network's channels to those that act alike, then average.

For each hidden layer P_l = argmin sum_x |z_l^A(x) - P_l z_l^B(x)|^2 = argmax <P_l, Z_l^A
(Z_l^B)^T>, a linear assignment, on unlabelled inputs of both tasks; theta = 1/2 (theta_A +
P(theta_B)). Source: Ainsworth et al., section 3.1, and github.com/samuela/git-re-basin
(`mnist_mlp_activation_matching.py`). `correlation` matches by Pearson's correlation instead, as
their code does for VGG. Activations are taken where the next layers read them.
"""

from collections.abc import Sequence

from torch import Tensor

from bench import method
from suites.merging.channels import Channels
from suites.merging.permutations import Match, Orders, match_activations, merge_aligned
from suites.merging.problem import MergingProblem
from suites.merging.repair import union_of_inputs
from suites.merging.vectors import State


@method(
    name="activation_matching",
    title="Activation matching",
    paper=("Git Re-Basin", 2023, "https://arxiv.org/abs/2209.04836"),
    needs=["apart", "unlabeled"],
    traits=["order_matters"],
    params={"correlation": False, "examples": 256},
    space={"correlation": [False, True]},
)
def activation_matching(problem: MergingProblem, *, correlation: bool, examples: int) -> State:
    """The mean of the aligned experts."""
    inputs = union_of_inputs(problem, examples)
    return merge_aligned(problem, by_activations(problem, inputs, correlation))


def by_activations(problem: MergingProblem, inputs: Tensor, correlation: bool) -> Match:
    """Activation matching as `suites.merging.permutations.align` takes it."""

    def match(first: State, other: State, groups: Sequence[Channels]) -> Orders:
        return match_activations(problem, first, other, groups, inputs, correlation)

    return match
