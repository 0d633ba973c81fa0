"""Updates of a supernet's weights, by what was spent of the budget.

How many steps a budget holds depends on the architectures that are drawn, so the learning rate
follows the share of the budget that is spent, and every method spends all of it.
Here: AdamW and SGD over named weights, with the rate's warm-up and fall, and clipping. A weight
without a gradient isn't touched: no momentum, no decay (it is off the path). Of a weight that
choices share, what a path doesn't take has a gradient of 0, and goes on by momentum and decay, as
torch's optimisers have it in the released code. Not here: the loop (suites.supernet.training), the
ground truth's own recipe (suites.supernet.recipe).
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from math import cos, pi, sqrt

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Updates:
    """Settings of the updates.

    Attributes:
        kind: `adamw` or `sgd`.
        rate: the highest learning rate; it rises over `warm_up` updates and falls to 0 along half
            a cosine.
        decay: of AdamW decoupled, of SGD added to the gradient.
        momentum: SGD's.
        clip: the largest norm of all gradients of an update together; 0 for any.
        batch: images a step.
        crops: whether images are cropped and flipped at random.
    """

    kind: str = "adamw"
    rate: float = 0.01
    decay: float = 0.01
    momentum: float = 0.9
    clip: float = 5.0
    warm_up: int = 10
    batch: int = 128
    crops: bool = False

    def rate_at(self, update: int, share: float) -> float:
        """The learning rate of an update, counted from 0, when a share of the training is done."""
        rising = min((update + 1) / self.warm_up, 1.0) if self.warm_up else 1.0
        return self.rate * rising * (1 + cos(pi * min(max(share, 0.0), 1.0))) / 2


class Optimiser:
    """Updates weights in place.

    Args:
        weights: by name; leaves that need no gradient of their own.
        settings: of the updates.
    """

    def __init__(self, weights: Mapping[str, Tensor], settings: Updates) -> None:
        self.weights, self.settings = weights, settings
        self.updates = 0
        leaves = list(weights.values())
        if settings.kind == "adamw":
            self._optimiser: torch.optim.Optimizer = torch.optim.AdamW(
                leaves, lr=settings.rate, weight_decay=settings.decay, fused=True
            )
        else:
            # Fused SGD fails where only some weights have a momentum yet.
            self._optimiser = torch.optim.SGD(
                leaves,
                lr=settings.rate,
                momentum=settings.momentum,
                weight_decay=settings.decay,
                foreach=True,
            )

    def heir(self, weights: Mapping[str, Tensor]) -> Optimiser:
        """An optimiser of other weights that goes on from where this one is.

        Args:
            weights: of the same names and shapes, in the same order.
        """
        other = Optimiser(weights, self.settings)
        other.updates = self.updates
        other._optimiser.load_state_dict(deepcopy(self._optimiser.state_dict()))
        return other

    def update(self, gradients: Mapping[str, Tensor], share: float) -> None:
        """Move the weights that have gradients.

        Args:
            gradients: by name; clipped together, in place.
            share: of the training that is done, 0 to 1.
        """
        if self.settings.clip:
            clip(gradients, self.settings.clip)
        for name, weight in self.weights.items():
            gradient = gradients.get(name)
            # The fused update takes numbers as they lie in memory, and a convolution's gradient
            # may lie in another order than its weight.
            weight.grad = None if gradient is None else torch.empty_like(weight).copy_(gradient)
        self._optimiser.param_groups[0]["lr"] = self.settings.rate_at(self.updates, share)
        self._optimiser.step()
        self.updates += 1


def norm(gradients: Mapping[str, Tensor]) -> float:
    """The norm of all gradients together."""
    squares = [float(gradient.square().sum()) for gradient in gradients.values()]
    return sqrt(sum(squares))


def clip(gradients: Mapping[str, Tensor], largest: float) -> None:
    """Scale gradients in place so that their norm together is at most `largest`."""
    together = norm(gradients)
    if together > largest:
        for gradient in gradients.values():
            gradient.mul_(largest / together)


def add(total: dict[str, Tensor], gradients: Mapping[str, Tensor], share: float = 1.0) -> None:
    """Add gradients, times a share, to a total, in place."""
    for name, gradient in gradients.items():
        if name in total:
            total[name].add_(gradient, alpha=share)
        else:
            total[name] = gradient * share if share != 1.0 else gradient.clone()
