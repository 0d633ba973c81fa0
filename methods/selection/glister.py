"""GLISTER: examples a step along whose gradients lowers the loss on a clean validation set.

gain(x) = <g_x, g_val>, with g the last layer's gradient and g_val the validation set's mean one. In
`rounds` rounds (more where k isn't their multiple) the max(1, floor(k / rounds)) best are taken;
after each, g_val is taken anew where the last layer has moved by -rate times the sum of all chosen.
Source: Killamsetty et al., algorithm 2, and github.com/decile-team/cords (r = 15, the last
layer, the whole pool; rate: that of its training, .01). There a k below 15 never ends; in the
collection DeepCore g_val is never taken anew.
"""

import torch
from torch import Tensor

from bench import method
from suites.selection.last_layer import Gradients, along, applied, pool_gradients, rows, summed
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import errors


@method(
    name="glister",
    title="GLISTER",
    paper=(
        "GLISTER: Generalization based Data Subset Selection for Efficient and Robust Learning",
        2021,
        "https://arxiv.org/abs/2012.10630",
    ),
    needs=["images", "course", "labels", "validation", "subset_only"],
    params={"rounds": 15, "rate": 0.01},
)
def glister(problem: SelectionProblem, *, rounds: int, rate: float) -> Chosen:
    """Take what helps validation most, round by round."""
    pool = pool_gradients(problem)
    clean = problem.validation
    logits, features = problem.outputs(problem.course.weights[-1], clean.images)
    return Chosen(
        {
            size: greedy(pool, (logits, features, clean.targets), size, rounds, rate)
            for size in problem.sizes
        }
    )


def greedy(
    pool: Gradients, validation: tuple[Tensor, Tensor, Tensor], size: int, rounds: int, rate: float
) -> Tensor:
    """Numbers in the order of choice, int64 (size,).

    Args:
        validation: logits (m, classes), features (m, d) and labels (m,).
    """
    logits, features, labels = validation
    each = max(1, size // rounds)
    free = torch.ones(len(pool[0]), dtype=torch.bool)
    chosen = torch.empty(0, dtype=torch.int64)
    while len(chosen) < size:
        moved = logits - rate * applied(summed(rows(pool, chosen)), features)
        mean = summed((errors(moved, labels), features)) / len(labels)
        gains = along(pool, mean).where(free, -torch.inf)
        best = gains.argsort(descending=True, stable=True)[: min(each, size - len(chosen))]
        chosen = torch.cat([chosen, best])
        free[best] = False
    return chosen
