"""Moderate coreset: what is neither close to its class's centre nor far from it.

d(x, y) = |phi(x) - mean of phi over class y|; of each class those are kept whose d is nearest to
the class's median of d. Classes stay as frequent as in the pool.
Source: Xia et al., with the class's mean and median. Their code
(github.com/tmllab/2023_ICLR_Moderate-DS) takes the features' median for the centre, and one median
of d for all classes together.
"""

import torch
from torch import Tensor

from bench import method
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import first_of_classes, ranked


@method(
    name="moderate",
    title="Moderate",
    paper=(
        "Moderate Coreset: A Universal Method of Data Selection for Real-world Data-efficient "
        "Deep Learning",
        2023,
        "https://openreview.net/forum?id=7D5EECbOaf9",
    ),
    needs=["course", "labels"],
)
def moderate(problem: SelectionProblem) -> Chosen:
    """Keep what is nearest to the median distance of its class."""
    labels, classes = problem.labels, problem.classes
    scores = distance_to_median(problem.course.features, labels, classes)
    order = ranked(-scores)
    subsets = {size: first_of_classes(order, labels, classes, size) for size in problem.sizes}
    return Chosen(subsets, scores)


def distance_to_median(features: Tensor, labels: Tensor, classes: int) -> Tensor:
    """|d - median of d over the class|, shape (n,); of two middle values the median is the lower.

    Args:
        features: shape (n, width).
    """
    result = torch.zeros(len(features))
    for label in range(classes):
        members = (labels == label).nonzero()[:, 0]
        if len(members):
            own = features[members]
            distances = (own - own.mean(0)).square().sum(1).sqrt()
            result[members] = (distances - distances.median()).abs()
    return result
