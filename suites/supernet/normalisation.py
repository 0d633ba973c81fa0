"""BatchNorm's other statistics: measured anew for an architecture, or kept while training.

Each is handed to a network's `forward` in the place of `batch_statistics`. Here: statistics that
are fixed, and the two ways to get them. Not here: the batch's own (suites.supernet.network), which
of them a task uses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from suites.supernet.network import EPSILON, Architecture, Network, Weights, batch_statistics


@dataclass
class RunningStatistics:
    """Means and variances by place, kept as a moving average over all that trains there.

    As in torch, a place that nothing has passed has mean 0 and variance 1, and the variance that is
    kept is the unbiased one. Places are named by the network: a choice of an edge or block has its
    own, but all paths through it share it.

    Args:
        momentum: share of the newest batch.
    """

    momentum: float = 0.1
    means: dict[str, Tensor] = field(default_factory=dict)
    variances: dict[str, Tensor] = field(default_factory=dict)

    def training(self, name: str, x: Tensor) -> Tensor:
        """Normalise by the batch, and take its statistics into the average."""
        mean, variance = self._of(name, x)
        return F.batch_norm(x, mean, variance, training=True, momentum=self.momentum, eps=EPSILON)

    def __call__(self, name: str, x: Tensor) -> Tensor:
        """Normalise by the averages, which stay as they are."""
        return F.batch_norm(x, *self._of(name, x), training=False, eps=EPSILON)

    def _of(self, name: str, x: Tensor) -> tuple[Tensor, Tensor]:
        if name not in self.means:
            self.means[name] = x.new_zeros(x.shape[1])
            self.variances[name] = x.new_ones(x.shape[1])
        return self.means[name], self.variances[name]


@torch.no_grad()
def recalibrated(
    network: Network, weights: Weights, architecture: Architecture, batches: Iterable[Tensor]
) -> RunningStatistics:
    """One architecture's statistics, measured on batches: the plain mean of what each has.

    Args:
        network, weights: of the supernet.
        architecture: whose statistics they are; no other's.
        batches: images, each of shape (images, channels, height, width).
    """
    statistics = RunningStatistics()
    for number, images in enumerate(batches, start=1):
        statistics.momentum = 1 / number
        network.forward(weights, architecture, images, statistics.training)
    return statistics


__all__ = ["RunningStatistics", "batch_statistics", "recalibrated"]
