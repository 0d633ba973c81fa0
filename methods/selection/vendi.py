"""Vendi: the set that has the most different examples in effect.

VS(S) = exp(-sum_k l_k log l_k), l the eigenvalues of the cosine kernel of S divided by |S|; greedy.
Affordable thus: phi is taken in the pool's first `dimension` principal directions, where the kernel
of S has the eigenvalues of rho = (1/n) sum x x^T. An example's gain is to first order
-x^T log(rho + 1/(n + 1)) x: 1/(n + 1) is what it would add to a direction of its own. Of the
`shortlist` best by that, the one that is best by the score itself is taken. The first is drawn.
Source: Friedman and Dieng, The Vendi Score (the score; they don't choose by it).
"""

import torch
from torch import Generator, Tensor

from bench import method
from suites.selection.geometry import unit
from suites.selection.problem import Chosen, SelectionProblem


@method(
    name="vendi",
    title="Vendi score (greedy)",
    paper=(
        "The Vendi Score: A Diversity Evaluation Metric for Machine Learning",
        2023,
        "https://arxiv.org/abs/2210.02410",
    ),
    needs=["course", "subset_only"],
    params={"dimension": 32, "shortlist": 8},
)
def vendi(problem: SelectionProblem, *, dimension: int, shortlist: int) -> Chosen:
    """Maximise the Vendi score greedily."""
    points = principal(problem.course.features, dimension)
    order = most_diverse(points, max(problem.sizes), shortlist, problem.generator)
    return Chosen({size: order[:size] for size in problem.sizes})


def principal(features: Tensor, dimension: int) -> Tensor:
    """Of unit length, in the directions in which unit features are largest, (n, dimension)."""
    points = unit(features)
    directions = torch.linalg.eigh(points.T @ points).eigenvectors
    return unit(points @ directions[:, -dimension:])


def most_diverse(points: Tensor, size: int, shortlist: int, generator: Generator) -> Tensor:
    """Numbers in the order of choice, int64 (size,).

    Args:
        points: of unit length, shape (n, d).
    """
    free = torch.ones(len(points), dtype=torch.bool)
    best = int(torch.randint(len(points), (1,), generator=generator))
    order, total = [best], torch.zeros(points.shape[1], points.shape[1])
    while len(order) < size:
        free[best] = False
        total = total + torch.outer(points[best], points[best])
        values, vectors = torch.linalg.eigh(total / len(order))
        weights = -(values.clamp(min=0) + 1 / (len(order) + 1)).log()
        gains = ((points @ vectors).square() @ weights).where(free, -torch.inf)
        likely = gains.topk(min(shortlist, len(points) - len(order))).indices
        each = total + points[likely][:, :, None] * points[likely][:, None, :]
        best = int(likely[entropy(each / (len(order) + 1)).argmax()])
        order.append(best)
    return torch.tensor(order, dtype=torch.int64)


def entropy(matrices: Tensor) -> Tensor:
    """-sum_k l_k log l_k of each matrix's eigenvalues, shape (matrices,); 0 log 0 = 0."""
    values = torch.linalg.eigvalsh(matrices).clamp(min=1e-12)
    return -(values * values.log()).sum(1)
