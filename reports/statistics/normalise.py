"""A metric on the scale of its task: 0 at the floor reference, 1 at the ceiling."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def span_of(floor: float, ceiling: float, better: str) -> float:
    """ceiling - floor, which one score is long.

    Args:
        floor, ceiling: the references' means over their seeds, in the metric's unit.
        better: `high` or `low`.
    Returns:
        Same unit; negative where lower is better.
    Raises:
        ValueError: the ceiling isn't beyond the floor in the direction of better, so that the
            scale would be empty or upside down.
    """
    span = ceiling - floor
    if not (span > 0 if better == "high" else span < 0):
        raise ValueError(
            f"the ceiling ({ceiling:.4g}) isn't beyond the floor ({floor:.4g}), "
            f"though {better} is better"
        )
    return span


def normalised(values: ArrayLike, floors: ArrayLike, span: float) -> NDArray[np.float64]:
    """(value - floor of the same seed) / span, never clipped.

    One formula serves both directions: where lower is better the span is negative. A seed redraws
    data and networks for everybody, floor included, so that most of what varies over seeds is
    common to all methods: subtracting the same seed's floor takes it out. The mean over seeds is
    the same as with the floors' mean. The span is the mean over seeds, and taken as known: a
    score's interval doesn't hold its uncertainty.

    Args:
        values: a metric of each seed, shape (seeds,), in the metric's unit.
        floors: the floor's on the same seeds, shape (seeds,) or one for all, same unit.
        span: `span_of`.
    Returns:
        Shape (seeds,), no unit; below 0 for worse than the floor, above 1 for beyond the ceiling.
    """
    return (np.asarray(values, dtype=np.float64) - np.asarray(floors, dtype=np.float64)) / span
