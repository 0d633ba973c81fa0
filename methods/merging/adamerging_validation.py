"""AdaMerging, layer-wise, on inputs of the experts' own tasks in place of test inputs.

theta^l = theta_0^l + sum_i lambda_i^l t_i^l for every tensor l, t_i = theta_i - theta_0; Adam on
lambda lowers the entropy of the merged network's answers among the classes of each input's task:
methods.merging.adamerging has the equation and its source. Its authors adapt to test inputs; what
is adapted here to other inputs of the same tasks has never seen a test input, so it enters the
ranking of single models.
"""

from bench import method
from methods.merging.adamerging import learn_coefficients
from suites.merging.pools import batches, own_pool
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State


@method(
    name="adamerging_validation",
    title="AdaMerging, layer-wise (on the experts' own inputs, fewer and larger steps)",
    paper=("AdaMerging", 2024, "https://arxiv.org/abs/2310.02575"),
    needs=["pretrained", "unlabeled", "gradients"],
    params={"start": 0.3, "rate": 5e-3, "steps": 100, "images": 80, "examples": 256},
    traits=["random"],
)
def adamerging_validation(
    problem: MergingProblem,
    *,
    start: float,
    rate: float,
    steps: int,
    images: int,
    examples: int,
) -> State:
    """Learn the coefficients on unlabelled inputs of each expert's task."""
    drawn = batches(own_pool(problem, examples), images, problem.generator)
    return learn_coefficients(problem, drawn, start=start, rate=rate, steps=steps)
