"""How good a network's weights are on a list of images.

Here: accuracy and loss of one architecture, for stand-alone networks and supernets alike. Not here:
ranking architectures by them.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from suites.supernet.network import (
    Architecture,
    Network,
    Normalise,
    Weights,
    batch_statistics,
)
from suites.supernet.overlay import Examples

EVALUATION_BATCH = 1000
"""Images whose statistics normalise each other when a network is evaluated."""


@torch.no_grad()
def evaluate(
    network: Network,
    weights: Weights,
    architecture: Architecture,
    examples: Examples,
    normalise: Normalise = batch_statistics,
) -> tuple[float, float]:
    """Accuracy as a share and mean cross-entropy, in batches of 1,000 in the list's order.

    Args:
        network: of the space.
        weights: the supernet's or the architecture's own.
        architecture: one number a place.
        examples: the list.
        normalise: which statistics BatchNorm uses; by default those of each batch.
    """
    right, loss = 0, 0.0
    for images, labels in zip(
        examples.images.split(EVALUATION_BATCH),
        examples.labels.split(EVALUATION_BATCH),
        strict=True,
    ):
        logits = network.forward(weights, architecture, images, normalise)
        right += int((logits.argmax(1) == labels).sum())
        loss += float(F.cross_entropy(logits, labels, reduction="sum"))
    return right / len(examples), loss / len(examples)
