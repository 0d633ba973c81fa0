"""Buying labels: validation accuracies of architectures that were trained alone.

Here: how many a budget holds, and which are bought. Not here: what a label costs and where it comes
from (suites.supernet.problem), what is learnt from them (methods/supernet).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from suites.supernet.problem import Rows, SupernetProblem


def affordable(
    problem: SupernetProblem, learning: Callable[[int], float], upto: float = 1.0
) -> int:
    """The most labels that the budget holds beside what is learnt from them; at most the pool.

    Args:
        learning: FLOPs of learning from so many labels.
        upto: the share of the budget at which buying and learning have ended.
    """
    count = int(problem.passes / problem.label_cost)
    count = min(count, len(problem.pool))
    while count and not problem.affords(
        count * problem.label_cost + problem.as_passes(learning(count)), upto
    ):
        count -= 1
    return count


def buy(problem: SupernetProblem, count: int) -> tuple[Rows, NDArray[np.float64]]:
    """Labels of architectures drawn from the pool, none of them twice.

    Args:
        count: how many; at most the pool.
    Returns:
        The architectures, (count, places), and their accuracies as shares, (count,).
    Raises:
        BudgetExceeded: the budget doesn't hold them.
    """
    drawn = torch.randperm(len(problem.pool), generator=problem.generator)[:count].tolist()
    return problem.pool[drawn], np.array([problem.label(index) for index in drawn])


def standardised(accuracies: NDArray[np.float64]) -> NDArray[np.float64]:
    """With mean 0 and standard deviation 1; all 0 where they are all the same."""
    spread = accuracies.std()
    return (accuracies - accuracies.mean()) / (spread if spread > 0 else 1.0)
