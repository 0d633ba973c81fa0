"""Herding: sets whose mean is the class's mean, an example at a time.

x_{t+1} = argmin over the class's x not yet chosen of |(t + 1) mu - sum_{s in S} phi_s - phi_x|.
Source: Welling, Herding Dynamical Weights to Learn (2009), in the form of Rebuffi et al., iCaRL,
algorithm 4, without their division of features by their length. (The collection DeepCore takes the
argmax, which leads away from the mean.) Quotas: each class by its share of the pool.
"""

import torch
from torch import Tensor

from bench import method
from suites.selection.geometry import chosen_by_class
from suites.selection.problem import Chosen, SelectionProblem


@method(
    name="herding",
    title="Herding",
    paper=(
        "Herding Dynamical Weights to Learn",
        2009,
        "https://doi.org/10.1145/1553374.1553517",
    ),
    needs=["course", "labels", "subset_only"],
)
def herding(problem: SelectionProblem) -> Chosen:
    """Follow each class's mean."""
    return chosen_by_class(problem, problem.course.features, herd)


def herd(features: Tensor, size: int) -> Tensor:
    """Places in the order of choice, int64 (size,).

    Args:
        features: shape (n, d), n at least `size`.
    """
    mean, squares = features.mean(0), features.square().sum(1)
    owed = torch.zeros_like(mean)
    order: list[int] = []
    for _ in range(size):
        owed = owed + mean
        # |owed - phi|^2 less |owed|^2, which is the same for all
        misses = squares - 2 * (features @ owed)
        if order:
            misses[order] = torch.inf
        order.append(int(misses.argmin()))
        owed = owed - features[order[-1]]
    return torch.tensor(order, dtype=torch.int64)
