"""KNN-Shapley: what each example is worth to a nearest-neighbour vote on the validation set.

For a validation example with label y, and the pool sorted by distance to it (a_1 the nearest):
  s(a_n) = 1[y_{a_n} = y] min(K, n) / (K n)
  s(a_i) = s(a_{i+1}) + (1[y_{a_i} = y] - 1[y_{a_{i+1}} = y]) / K * min(K, i) / i
which are the Shapley values of the share of right votes among the K nearest. An example's value is
the mean over the validation set; highest kept.
Source: Jia et al., theorem 1, on features of the pool's own network, with K = 5.
"""

import torch
from torch import Tensor

from bench import method
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import easiest
from suites.selection.training import in_batches

BLOCK = 100
"""Validation examples at a time: their distances to all the pool are held at once."""


@method(
    name="knn_shapley",
    title="KNN-Shapley",
    paper=(
        "Efficient Task-Specific Data Valuation for Nearest Neighbor Algorithms",
        2019,
        "https://arxiv.org/abs/1908.08619",
    ),
    needs=["images", "labels", "course", "validation"],
    params={"neighbours": 5},
)
def knn_shapley(problem: SelectionProblem, *, neighbours: int) -> Chosen:
    """Keep the examples of the highest value."""
    course, validation = problem.course, problem.validation
    _, features = problem.outputs(course.weights[-1], validation.images)
    total = torch.zeros(problem.count)
    for block in in_batches(len(validation), BLOCK):
        distances = torch.cdist(features[block], course.features)
        own = validation.targets[block]
        total += shapley_values(distances, problem.labels, own, neighbours).sum(0)
    return easiest(problem, -total / len(validation))


def shapley_values(distances: Tensor, labels: Tensor, own: Tensor, neighbours: int) -> Tensor:
    """What each example of the pool is worth to each validation example, shape (m, n).

    Args:
        distances: from validation examples to the pool, shape (m, n).
        labels: the pool's, shape (n,).
        own: the validation examples', shape (m,).
        neighbours: how many vote, K.
    """
    count = distances.shape[1]
    order = distances.argsort(dim=1, stable=True)
    right = (labels[order] == own[:, None]).float()
    rank = torch.arange(1, count)
    steps = (right[:, :-1] - right[:, 1:]) / neighbours * (rank.clamp(max=neighbours) / rank)
    last = right[:, -1:] * (min(neighbours, count) / (neighbours * count))
    values = torch.cat([steps, last], 1).flip(1).cumsum(1).flip(1)
    return torch.zeros_like(values).scatter(1, order, values)
