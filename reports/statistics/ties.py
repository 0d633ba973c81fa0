"""Which methods the data can't separate: Holm's correction, tie groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

ALPHA = 0.05


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


def groups(
    count: int, p_values: Callable[[int, int], Sequence[float]], alpha: float = ALPHA
) -> list[int]:
    """The shared rank of each method: one group holds what can't be told from its first.

    The best method opens a group; it is tested against every method below it, with Holm's
    correction over all of those tests; the group goes on until the first that differs in any of
    its tests, which opens the next one. Members needn't be inseparable from each other, only from
    their first.

    Args:
        count: how many methods there are, best first.
        p_values: of every test of the two methods at these places.
    Returns:
        Shape (methods,): the place, from 1, of the first of each method's group.
    """
    places: list[int] = []
    while len(places) < count:
        start = len(places)
        families = [p_values(start, other) for other in range(start + 1, count)]
        rejected = iter(holm([p for family in families for p in family], alpha))
        differs = [True in list(islice(rejected, len(family))) for family in families]
        size = 1 + (differs.index(True) if True in differs else len(differs))
        places += [start + 1] * size
    return places
