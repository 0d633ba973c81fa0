"""Which methods the data can't separate: paired tests, Holm's correction, tie groups."""

from __future__ import annotations

from collections.abc import Sequence

from reports.statistics.difference import Cells, paired_difference

ALPHA = 0.05


def paired_p(first: Cells, second: Cells) -> float:
    """Two-sided p-value of "equal mean over these tasks"; see `paired_difference`."""
    return paired_difference(first, second).p


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
