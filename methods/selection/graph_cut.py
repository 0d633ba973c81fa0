"""Graph cut: examples that are like the rest of their class, and unlike each other.

Greedy maximisation of f(S) = weight sum_{i in V} sum_{j in S} s_ij - sum_{i, j in S} s_ij, with
s = largest distance - |phi_i - phi_j|, in each class V by itself, quotas by the classes' shares.
Source: Iyer et al., as the collection DeepCore selects by it (weight 1, a class at a time; there s
is of gradients).
"""

import torch
from torch import Tensor

from bench import method
from suites.selection.geometry import chosen_by_class, distances, similarity
from suites.selection.problem import Chosen, SelectionProblem


@method(
    name="graph_cut",
    title="Graph cut",
    paper=(
        "Submodular Combinatorial Information Measures with Applications in Machine Learning",
        2021,
        "https://arxiv.org/abs/2006.15412",
    ),
    needs=["course", "labels", "subset_only"],
    params={"weight": 1.0},
)
def graph_cut(problem: SelectionProblem, *, weight: float) -> Chosen:
    """Trade resemblance to the class against resemblance among the chosen."""
    return chosen_by_class(
        problem,
        problem.course.features,
        lambda points, most: cut(similarity(distances(points)), most, weight),
    )


def cut(similarities: Tensor, size: int, weight: float) -> Tensor:
    """Places in the order of choice, int64 (size,).

    Args:
        similarities: symmetric, shape (n, n).
    """
    gains = weight * similarities.sum(0) - similarities.diagonal()
    order = []
    for _ in range(size):
        best = int(gains.argmax())
        order.append(best)
        gains = gains - 2 * similarities[best]
        gains[best] = -torch.inf
    return torch.tensor(order, dtype=torch.int64)
