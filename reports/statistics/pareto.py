"""The Pareto front of quality against cost."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan


def pareto_front(cost: Sequence[float], quality: Sequence[float]) -> list[bool]:
    """Which methods no other one beats: none is as cheap and as good, and better in one of both.

    Args:
        cost: shape (methods,), lower is better; NaN (unknown) is never on the front.
        quality: shape (methods,), higher is better.
    Returns:
        Shape (methods,). Equal points stand on the front together. Intervals aren't looked at:
        a method on the front may owe that to luck.
    """
    points = list(zip(cost, quality, strict=True))
    return [
        not isnan(c) and not any(c2 <= c and q2 >= q and (c2 < c or q2 > q) for c2, q2 in points)
        for c, q in points
    ]
