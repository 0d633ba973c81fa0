"""Which methods the data can't separate: paired tests, Holm's correction, tie groups."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from reports.statistics.student import two_sided_p

ALPHA = 0.05
Cells = Sequence[NDArray[np.float64]]
"""One array a task, each of shape (seeds of that task,)."""


def paired_p(first: Cells, second: Cells) -> float:
    """Two-sided p-value of "equal mean over these tasks", paired on (task, seed).

    The stratified paired t-test: d is the difference of a pair; the statistic is the mean over
    tasks of each task's mean d, its variance sum_t(s_t^2 / n_t) / tasks^2 from the spread within
    tasks, its degrees of freedom Welch's and Satterthwaite's, rounded down (on the safe side).
    With one task it is the usual paired t-test. It asks about these tasks under new seeds, not
    about new tasks. Source: Welch, "The generalization of Student's problem when several
    different population variances are involved", Biometrika 34 (1947).

    Where a task has a single seed nothing can be said about seeds, and the tasks' mean
    differences are tested instead (tasks - 1 degrees of freedom); a single pair separates nobody.

    Args:
        first, second: scores of two methods, one array a task, same seeds in the same order.
    """
    differences = [a - b for a, b in zip(first, second, strict=True)]
    means = np.array([d.mean() for d in differences])
    tasks = len(means)
    if min(len(d) for d in differences) > 1:
        parts = [float(d.var(ddof=1)) / len(d) for d in differences]
        variance = sum(parts) / tasks**2
        square = sum(p**2 / (len(d) - 1) for p, d in zip(parts, differences, strict=True))
        freedom = int(sum(parts) ** 2 / square) if square > 0 else 1
    elif tasks > 1:
        variance, freedom = float(means.var(ddof=1)) / tasks, tasks - 1
    else:
        return 1.0
    mean = abs(float(means.mean()))
    if mean < 1e-12:
        return 1.0
    return two_sided_p(mean / sqrt(variance) if variance > 0 else inf, max(1, freedom))


def holm(p_values: Sequence[float], alpha: float = ALPHA) -> list[bool]:
    """Which hypotheses Holm's step-down procedure rejects, keeping the family's error at alpha.

    Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal
    of Statistics 6 (1979).
    """
    rejected = [False] * len(p_values)
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    for step, i in enumerate(order):
        if p_values[i] > alpha / (len(p_values) - step):
            break
        rejected[i] = True
    return rejected


def tie_groups(scores: Sequence[Cells], alpha: float = ALPHA) -> list[int]:
    """The shared rank of each method: one group holds what can't be told from its first.

    The best method opens a group; it is tested against every method below it, with Holm's
    correction over those tests; the group goes on until the first that differs, which opens the
    next one. Members needn't be inseparable from each other, only from their first.

    Args:
        scores: of each method, best mean first; see `paired_p`.
    Returns:
        Shape (methods,): the place, from 1, of the first of each method's group.
    """
    places: list[int] = []
    while len(places) < len(scores):
        start = len(places)
        differs = holm([paired_p(scores[start], s) for s in scores[start + 1 :]], alpha)
        size = 1 + (differs.index(True) if True in differs else len(differs))
        places += [start + 1] * size
    return places
