"""DPP: the set of largest determinant, of good examples whose gradients point apart.

L_ij = q_i K_ij q_j, with K the cosine of the last layer's gradients and q = p(y)^quality, what the
network gives the label; greedy: x = argmax of log det L_{S + x}, by one row of Cholesky's factor a
step. Where no gradient is left that isn't a sum of those chosen, random others fill the set.
Source: Wang et al. (L, gradients of unit length, greedy MAP), and Chen et al., Fast Greedy MAP
Inference for Determinantal Point Process (2018), algorithm 1. The paper projects gradients at
random, as it can't hold them; these products need no projection. Its q judges instructions: ours is
the likelihood, and `quality` its weight.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from bench import method
from suites.selection.last_layer import inner_products, pool_gradients, rows, squared_norms
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import losses

SPENT = 1e-5
"""Of an example's own length squared: what is left below it is rounding."""


@method(
    name="dpp",
    title="DPP (greedy)",
    paper=(
        "Diversity Measurement and Subset Selection for Instruction Tuning Datasets",
        2024,
        "https://arxiv.org/abs/2402.02318",
    ),
    needs=["course", "labels", "subset_only"],
    params={"quality": 1.0},
)
def dpp(problem: SelectionProblem, *, quality: float) -> Chosen:
    """Maximise the determinant greedily."""
    gradients = pool_gradients(problem)
    lengths = squared_norms(gradients).sqrt().clamp(min=1e-30)

    def cosines_to(number: int) -> Tensor:
        one = rows(gradients, torch.tensor([number]))
        return inner_products(gradients, one)[:, 0] / (lengths * lengths[number])

    quality_log = -quality * losses(problem.course.logits[-1], problem.labels)
    order = greedy_map(cosines_to, quality_log, max(problem.sizes))
    return Chosen({size: problem.fill(order, size) for size in problem.sizes})


def greedy_map(row_of: Callable[[int], Tensor], quality_log: Tensor, size: int) -> Tensor:
    """Numbers in the order of choice, int64, at most `size`.

    log det L_S = sum over S of 2 log q + log det K_S, so that q only shifts each gain.

    Args:
        row_of: a row of K, shape (n,), whose diagonal is 1.
        quality_log: log q, shape (n,).
    """
    count = len(quality_log)
    factor, left = torch.zeros(size, count), torch.ones(count)
    order: list[int] = []
    for step in range(size):
        gains = left.clamp(min=SPENT).log() + 2 * quality_log
        gains = gains.where(left > SPENT, -torch.inf)
        best = int(gains.argmax())
        if gains[best] == -torch.inf:
            break
        order.append(best)
        before = factor[:step]
        row = (row_of(best) - before[:, best] @ before) / left[best].sqrt()
        factor[step] = row
        left = left - row.square()
        left[best] = 0.0
    return torch.tensor(order, dtype=torch.int64)
