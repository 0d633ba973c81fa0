"""What methods that score examples share: probabilities, errors, and subsets by rank.

Here: functions of logits, labels and scores. Not here: features and distances
(suites.selection.geometry), gradients of the last layer (suites.selection.last_layer).
"""

from __future__ import annotations

from math import floor

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from suites.selection.problem import Chosen, SelectionProblem


def errors(logits: Tensor, labels: Tensor) -> Tensor:
    """p - y, predicted probabilities less the one-hot label, shape (..., n, classes)."""
    return logits.softmax(-1) - F.one_hot(labels, logits.shape[-1]).to(logits.dtype)


def distance_to_label(logits: Tensor, labels: Tensor) -> Tensor:
    """|p - y|, shape (..., n)."""
    return errors(logits, labels).square().sum(-1).sqrt()


def losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Each example's cross-entropy, shape (..., n)."""
    own = logits.gather(-1, labels.expand(logits.shape[:-1])[..., None])[..., 0]
    return logits.logsumexp(-1) - own


def margin_of_label(logits: Tensor, labels: Tensor) -> Tensor:
    """The label's logit less the largest other one, shape (..., n)."""
    at = labels.expand(logits.shape[:-1])[..., None]
    own = logits.gather(-1, at)[..., 0]
    others = logits.scatter(-1, at, -torch.inf)
    return own - others.amax(-1)


def ranked(scores: Tensor) -> Tensor:
    """Numbers by score, the highest first; of equal scores the lower number first."""
    return scores.argsort(descending=True, stable=True)


def hardest(problem: SelectionProblem, scores: Tensor) -> Chosen:
    """The highest scores of the pool, at every size."""
    order = ranked(scores)
    return Chosen({size: order[:size] for size in problem.sizes}, scores)


def easiest(problem: SelectionProblem, scores: Tensor) -> Chosen:
    """The lowest scores of the pool, at every size."""
    order = ranked(-scores)
    return Chosen({size: order[:size] for size in problem.sizes}, scores)


def quotas(shares: Tensor, size: int, available: Tensor | None = None) -> Tensor:
    """Whole numbers in the proportion of shares that sum to `size`, by largest remainder.

    Args:
        shares: not negative, shape (groups,).
        available: the most that each group can give, int64; what it can't goes to the others.
    Returns:
        int64, shape (groups,).
    Raises:
        ValueError: the groups hold fewer than `size` in all.
    """
    limits = torch.full_like(shares, size, dtype=torch.int64) if available is None else available
    if int(limits.sum()) < size:
        raise ValueError(f"the groups hold {int(limits.sum())}, fewer than {size}")
    given = torch.zeros_like(limits)
    while (lacking := size - int(given.sum())) > 0:
        open_groups = given < limits
        weight = torch.where(open_groups, shares.double(), 0.0)
        if weight.sum() == 0:
            weight = open_groups.double()
        exact = weight / weight.sum() * lacking
        more = exact.floor().to(torch.int64)
        rest = lacking - int(more.sum())
        order = torch.where(open_groups, exact - more, -1.0).argsort(descending=True, stable=True)
        more[order[:rest]] += 1
        given = torch.minimum(given + more, limits)
    return given


def first_of_classes(order: Tensor, labels: Tensor, classes: int, size: int) -> Tensor:
    """The first of each class along an order, the classes as frequent as in the whole of it.

    Args:
        order: different numbers of the pool, int64.
        labels: of the pool, shape (n,).
    Returns:
        `size` of the numbers, in their order.
    Raises:
        ValueError: there are fewer than `size`.
    """
    own = labels[order]
    counts = torch.bincount(own, minlength=classes)
    wanted = quotas(counts, size, counts)
    places = [(own == label).nonzero()[: int(wanted[label]), 0] for label in range(classes)]
    return order[torch.cat(places).sort().values]


def draw(log_weights: Tensor, size: int, generator: Generator) -> Tensor:
    """So many different numbers, drawn one after another in proportion to weights.

    The largest of log weight plus Gumbel noise: the same distribution, and no weight underflows.
    Source: Kool et al., Stochastic Beams and Where to Find Them (2019): the Gumbel top-k trick.

    Args:
        log_weights: shape (n,); minus infinity is drawn only when nothing else is left.
    """
    uniform = torch.rand(len(log_weights), generator=generator).clamp(min=1e-30)
    return ranked(log_weights - (-uniform.log()).log())[:size]


def share(part: float, count: int) -> int:
    """A part of so many, as a whole number, rounded down."""
    return floor(part * count + 1e-9)
