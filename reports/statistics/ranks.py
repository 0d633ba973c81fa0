"""Ranks of methods that share cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def ranks(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each method's rank in each cell; equal scores share the mean of their ranks.

    Args:
        scores: shape (methods, cells), higher is better, no NaN.
    Returns:
        Shape (methods, cells), 1 is best; each column sums to methods * (methods + 1) / 2.
    """
    result = np.empty(scores.shape)
    for i, column in enumerate(scores.T):
        ordered = np.sort(column)
        below = np.searchsorted(ordered, column, "left")
        above = len(column) - np.searchsorted(ordered, column, "right")
        result[:, i] = above + (len(column) - above - below + 1) / 2
    return result
