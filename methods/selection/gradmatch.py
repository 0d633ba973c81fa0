"""GradMatch: a few weighted gradients whose sum is the class's, by matching pursuit.

In each class, with A the last layer's gradients as columns and b their sum: each time take the
column of largest <a, b - A w>, then solve min_w |A w - b|^2 + ridge |w|^2 over those taken; at the
end once more with w >= 0. Where no column points along what is missing, or where w is 0, random
others fill the set at weight 1.
Source: Killamsetty et al., algorithm 2, and github.com/decile-team/cords: per class,
ridge .5, filled in that way. (There a CPU run ignores the ridge.) Everything is read off A^T A.
"""

import torch
from scipy.optimize import nnls
from torch import Tensor

from bench import method
from suites.selection.geometry import first_by_class
from suites.selection.last_layer import inner_products, pool_gradients, rows
from suites.selection.problem import Chosen, SelectionProblem, Subset


@method(
    name="gradmatch",
    title="GradMatch",
    paper=(
        "GRAD-MATCH: Gradient Matching based Data Subset Selection for Efficient Deep Model "
        "Training",
        2021,
        "https://arxiv.org/abs/2103.00123",
    ),
    needs=["course", "labels", "subset_only"],
    params={"ridge": 0.5},
)
def gradmatch(problem: SelectionProblem, *, ridge: float) -> Chosen:
    """Match each class's summed gradient."""
    gradients = pool_gradients(problem)
    double = gradients[0].double(), gradients[1].double()

    def order_of(members: Tensor, most: int) -> Tensor:
        return pursuit(inner_products(rows(double, members)), most, ridge)

    parts = first_by_class(problem.labels, problem.classes, problem.sizes, order_of)
    subsets: dict[int, Subset] = {}
    for size, by_class in parts.items():
        taken, weights = [], []
        for label, numbers in enumerate(by_class):
            if not len(numbers):
                continue
            members = (problem.labels == label).nonzero()[:, 0]
            towards = inner_products(rows(double, numbers), rows(double, members)).sum(1)
            # Lawson and Hanson's method: at most a least-squares solve for each unknown
            problem.meter.charge(len(numbers) ** 4 / 3, "nonnegative least squares")
            solved = nonnegative(inner_products(rows(double, numbers)), towards, ridge)
            taken.append(numbers[solved > 0])
            weights.append(solved[solved > 0].float())
        chosen = problem.fill(torch.cat(taken), size)
        known = torch.cat(weights)
        subsets[size] = chosen, torch.cat([known, torch.ones(size - len(known))])
    return Chosen(subsets)


def pursuit(gram: Tensor, most: int, ridge: float) -> Tensor:
    """Places of columns in the order of choice, int64, at most `most`.

    Args:
        gram: A^T A, double, shape (n, n).
    """
    towards = gram.sum(1)  # A^T b
    missing = towards.clone()
    order: list[int] = []
    for _ in range(most):
        if order:
            missing[order] = -torch.inf
        best = int(missing.argmax())
        if missing[best] <= 0:
            break
        order.append(best)
        system = gram[order][:, order] + ridge * torch.eye(len(order), dtype=gram.dtype)
        weights = torch.linalg.solve(system, towards[order])
        missing = towards - gram[:, order] @ weights
    return torch.tensor(order, dtype=torch.int64)


def nonnegative(gram: Tensor, towards: Tensor, ridge: float) -> Tensor:
    """argmin over w >= 0 of w^T (A^T A + ridge) w - 2 w^T A^T b, shape (n,).

    Args:
        gram: A^T A of the columns taken, double, shape (n, n).
        towards: A^T b, shape (n,).
    """
    system = gram + ridge * torch.eye(len(gram), dtype=gram.dtype)
    upper = torch.linalg.cholesky(system).mT
    right = torch.linalg.solve_triangular(upper.mT, towards[:, None], upper=False)[:, 0]
    return torch.from_numpy(nnls(upper.numpy(), right.numpy())[0])
