"""Which class scores choose, and how often rightly.

Here: the choice among a task's classes, and accuracy as a fraction in [0, 1]. Not here: running
the network that gives the scores (suites.common.trainer, suites.merging.evaluation).
"""

from __future__ import annotations

from torch import Tensor


def choose(scores: Tensor, classes: Tensor | None = None) -> Tensor:
    """The class of the highest score, among `classes` or among all.

    Args:
        scores: shape (examples, outputs).
        classes: shape (classes,), int64.
    Returns:
        Shape (examples,), int64.
    """
    if classes is None:
        return scores.argmax(1)
    return classes[scores[:, classes].argmax(1)]


def accuracy(chosen: Tensor, labels: Tensor) -> float:
    """The share of examples whose chosen class is their label."""
    return float((chosen == labels).double().mean())
