"""CRAIG: examples whose gradients, each counted for its cluster, stand for the class's.

Greedy maximisation of sum_i max_{j in S} (largest distance - |g_i - g_j|) in each class, with g the
last layer's gradient; an example weighs as many as it is the nearest chosen one of.
Source: Mirzasoleiman et al., algorithm 1 (there anew as training goes on, and for networks with
errors alone for g), and the collection DeepCore (g of all the last layer, once; it adds 1 to each
weight). Here once, after the ten epochs of `course`.
"""

import torch
from torch import Tensor

from bench import method
from suites.selection.geometry import facility_location, first_by_class, nearest_of, similarity
from suites.selection.last_layer import gradient_distances, pool_gradients, rows
from suites.selection.problem import Chosen, SelectionProblem, Subset


@method(
    name="craig",
    title="CRAIG",
    paper=(
        "Coresets for Data-efficient Training of Machine Learning Models",
        2020,
        "https://arxiv.org/abs/1906.01827",
    ),
    needs=["course", "labels", "subset_only"],
)
def craig(problem: SelectionProblem) -> Chosen:
    """Cover each class's gradients; weigh by how many each covers."""
    gradients = pool_gradients(problem)
    blocks: dict[int, Tensor] = {}

    def order_of(members: Tensor, most: int) -> Tensor:
        block = gradient_distances(rows(gradients, members))
        blocks[int(problem.labels[members[0]])] = block
        return facility_location(similarity(block), most)

    parts = first_by_class(problem.labels, problem.classes, problem.sizes, order_of)
    subsets: dict[int, Subset] = {}
    for size, by_class in parts.items():
        weights = []
        for label, numbers in enumerate(by_class):
            if len(numbers):
                members = (problem.labels == label).nonzero()[:, 0]
                places = torch.searchsorted(members, numbers)
                weights.append(cluster_sizes(blocks[label], places))
        subsets[size] = torch.cat(by_class), torch.cat(weights)
    return Chosen(subsets)


def cluster_sizes(distance: Tensor, chosen: Tensor) -> Tensor:
    """How many points each chosen one is the nearest of, itself among them, shape (chosen,).

    Args:
        distance: shape (n, n).
    """
    return torch.bincount(nearest_of(distance, chosen), minlength=len(chosen)).float()
