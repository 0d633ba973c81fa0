"""k-center: each time the example farthest from all that are chosen.

x_{t+1} = argmax_x min_{s in S} |phi_x - phi_s|, the first drawn at random.
Source: Sener and Savarese, Active Learning for Convolutional Neural Networks: A Core-Set Approach,
algorithm 1 (greedy, without the mixed-integer refinement); over the whole pool, as there.
"""

import torch

from bench import method
from suites.selection.geometry import farthest_first
from suites.selection.problem import Chosen, SelectionProblem


@method(
    name="kcenter",
    title="k-center (greedy)",
    paper=(
        "Active Learning for Convolutional Neural Networks: A Core-Set Approach",
        2018,
        "https://arxiv.org/abs/1708.00489",
    ),
    needs=["course", "subset_only"],
)
def kcenter(problem: SelectionProblem) -> Chosen:
    """Cover the pool, farthest first."""
    first = int(torch.randint(problem.count, (1,), generator=problem.generator))
    order = farthest_first(problem.course.features, max(problem.sizes), first)
    return Chosen({size: order[:size] for size in problem.sizes})
