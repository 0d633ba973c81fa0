"""Weight matching: permute the second network's channels to the first's, then average.

P = argmax sum_l <W_l^A, P_l W_l^B P_(l-1)^T> over permutations of every hidden layer's channels, by
coordinate descent: all but one fixed, that one is a linear assignment (scipy); in random order,
until a sweep gains nothing, at most 100. theta = 1/2 (theta_A + P(theta_B)).
Source: Ainsworth et al., section 3.2 and algorithm 1, and github.com/samuela/git-re-basin
(`weight_matching.py`: at most 100 sweeps). Biases and BatchNorm's parameters count as weights;
running statistics are permuted along and averaged. More than two experts are all matched to the
first one, where the authors' algorithm 3 matches each to the mean of the others.
"""

from collections.abc import Sequence

from bench import method
from suites.merging.channels import Channels
from suites.merging.permutations import Match, Orders, match_weights, merge_aligned
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State


@method(
    name="weight_matching",
    title="Weight matching",
    paper=("Git Re-Basin", 2023, "https://arxiv.org/abs/2209.04836"),
    needs=["apart"],
    traits=["random", "order_matters"],
)
def weight_matching(problem: MergingProblem) -> State:
    """The mean of the aligned experts."""
    return merge_aligned(problem, by_weights(problem))


def by_weights(problem: MergingProblem) -> Match:
    """Weight matching as `suites.merging.permutations.align` takes it."""

    def match(first: State, other: State, groups: Sequence[Channels]) -> Orders:
        return match_weights(first, other, groups, generator=problem.generator, meter=problem.meter)

    return match
