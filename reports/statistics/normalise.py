"""A metric on the scale of its task: 0 at the floor reference, 1 at the ceiling."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def normalised(values: ArrayLike, floor: float, ceiling: float, better: str) -> NDArray[np.float64]:
    """(value - floor) / (ceiling - floor), never clipped.

    One formula serves both directions: where lower is better the ceiling lies below the floor,
    and both differences change sign.

    Args:
        values: a metric of each seed, shape (seeds,), in the metric's unit.
        floor, ceiling: the references' means over their seeds, same unit. They are taken as
            known: the score's interval doesn't hold their own uncertainty.
        better: `high` or `low`.
    Returns:
        Shape (seeds,), no unit; below 0 for worse than the floor, above 1 for beyond the ceiling.
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
    return (np.asarray(values, dtype=np.float64) - floor) / span
