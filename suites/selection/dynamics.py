"""What a course of training says of each example, and how much of the hardest is left out.

Here: functions of the logits after each epoch, and the shares that methods drop before they choose.
Not here: the course (suites.selection.bought), scores of one network (suites.selection.scores).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np
from torch import Tensor

from suites.selection.scores import losses, margin_of_label, ranked, share

PARTS = (0.01, 0.1, 0.3)
"""The parts of a pool at which a method says how much of the hardest it drops."""


def area_under_margin(logits: Tensor, labels: Tensor) -> Tensor:
    """The label's logit less the largest other one, mean over epochs, shape (n,).

    Args:
        logits: after each epoch, shape (epochs, n, classes).
    """
    return margin_of_label(logits, labels).mean(0)


def label_probabilities(logits: Tensor, labels: Tensor) -> Tensor:
    """The label's probability after each epoch, shape (epochs, n)."""
    return (-losses(logits, labels)).exp()


def dropped_share(part: float, shares: Sequence[float]) -> float:
    """How much of the hardest is dropped where such a part of the pool is asked for.

    Args:
        part: of the pool, in (0, 1].
        shares: at each of PARTS; between them along the part's logarithm, beyond them as at the
            nearest.
    """
    return float(np.interp(log(part), [log(known) for known in PARTS], shares))


def without_hardest(suspicion: Tensor, size: int, shares: Sequence[float]) -> Tensor:
    """Numbers of the pool, ascending, without the most suspicious: at least `size` of them.

    Args:
        suspicion: higher for harder, shape (n,).
        size: how many will be chosen of them.
        shares: as of `dropped_share`.
    """
    count = len(suspicion)
    dropped = share(dropped_share(size / count, shares), count)
    return ranked(suspicion)[min(dropped, count - size) :].sort().values
