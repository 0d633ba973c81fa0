"""Uniform average: the mean of the experts' weights.

theta = (1/K) sum_i theta_i. Source: Wortsman et al., section 2, the uniform soup. Merging needs
no more than the weights: neither the pretrained model nor data. KP FLOPs.
"""

from bench import method
from suites.merging import vectors
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State


@method(
    name="average",
    title="Average",
    paper=("Model soups", 2022, "https://arxiv.org/abs/2203.05482"),
)
def average(problem: MergingProblem) -> State:
    """Average the experts, tensor by tensor."""
    return vectors.average(problem.experts)
