"""Targets of a loss that aren't plain classes.

Here: smoothed labels. Not here: the loss itself (SupernetProblem.step takes classes or shares).
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def smoothed(labels: Tensor, classes: int, share: float) -> Tensor:
    """Labels with a share of each image's weight spread over all classes evenly.

    Args:
        labels: shape (images,).
        share: in [0, 1].
    Returns:
        Shape (images, classes), each row adding up to 1.
    """
    return F.one_hot(labels, classes) * (1 - share) + share / classes
