"""Time vectors, interpolated: a point between the first period's and the last period's change.

With t_i = theta_i - theta_0 of experts of successive periods, the first and the last,
theta = theta_0 + (1 - alpha) t_first + alpha t_last = (1 - alpha) theta_first + alpha theta_last:
theta_0 cancels. Source: Nylund et al., interpolation between the earliest and the latest year's
vectors, with alpha in 0, 0.1, ..., 1 and evaluated on the years between, by their released code
(experiment_scripts/yearly_time_vec_interpolations.sh).
One state: alpha = 1/2 is its middle, where the periods between are nearest on the whole. The paper
also picks an alpha for each year, which takes a state a period and the period of each input at test
time; its uniform mixture of all periods is the average, and its analogy (the change from year to
year of another task, added) takes experts of another task in the years to come. Neither is here.
Experts of no order in time have no first and last: they are skipped.
"""

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State


@method(
    name="time_vectors",
    title="Time vectors (one state)",
    paper=(
        "Time is Encoded in the Weights of Finetuned Language Models",
        2023,
        "https://arxiv.org/abs/2312.13401",
    ),
    needs=["periods"],
    params={"alpha": 0.5},
    space={"alpha": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]},
    traits=["order_matters"],
)
def time_vectors(problem: MergingProblem, *, alpha: float) -> State:
    """Interpolate between the first expert and the last."""
    first, last = problem.experts[0], problem.experts[-1]
    return {
        name: tensor + alpha * (last[name] - tensor)
        if tensor.is_floating_point()
        else tensor.clone()
        for name, tensor in first.items()
    }
