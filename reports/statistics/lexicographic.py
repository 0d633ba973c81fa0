"""Several values of each method as one order: the first decides, the next one where it is equal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def lexicographic(keys: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Whole numbers in the order of the keys, column by column.

    Args:
        keys: most important first, each of shape (methods, columns), higher is better, no NaN.
    Returns:
        Same shape: in each column a method's number is above another's where its first key that
        differs is higher, and equal where none differs.
    """
    order = _below(keys[0])
    for key in keys[1:]:
        order = _below(order * len(order) + _below(key))
    return order


def _below(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many methods of its column are below each."""
    columns = [np.searchsorted(np.sort(column), column, "left") for column in values.T]
    return np.stack(columns, axis=1).astype(np.float64)
