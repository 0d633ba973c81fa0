"""Supernets that share a space out among them: each architecture is one child's.

Here: a child, and the validation losses of architectures, each in its own child. Not here: how a
space is shared out and children are trained (the methods).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from suites.supernet.network import Architecture
from suites.supernet.paths import Allowed
from suites.supernet.problem import Rows, SupernetProblem


@dataclass(frozen=True)
class Child:
    """A supernet for a part of a space.

    Attributes:
        allowed: its choices.
        weights: its own, by name.
    """

    allowed: Allowed
    weights: dict[str, Tensor]

    def holds(self, architecture: Architecture) -> bool:
        """Whether the architecture is in its part."""
        return all(
            choice in choices for choice, choices in zip(architecture, self.allowed, strict=True)
        )


def losses(
    problem: SupernetProblem, children: Sequence[Child], architectures: Rows
) -> NDArray[np.float64]:
    """Mean validation loss of each architecture in the child that holds it, shape (n,).

    Args:
        children: together they hold every architecture, each in one of them.
    """
    values = np.full(len(architectures), np.nan)
    for child in children:
        held = np.array([child.holds(row) for row in architectures])
        if held.any():
            values[held] = problem.losses(child.weights, architectures[held])
    return values
