"""Interval bound propagation through a hypernetwork and through its target.

Here: intervals as middle and radius, and what bounds of inputs or parameters say about bounds of
outputs, in operators that stack without changing digits. Source: Gowal et al., "On the
Effectiveness of Interval Bound Propagation for Training Verifiably Robust Models",
https://arxiv.org/abs/1810.12715. Not here: what is made of the bounds
(methods/hypernet/hyperinterval.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from suites.hypernet.layers import Plain
from suites.hypernet.target import Target


class Bounds(NamedTuple):
    """All x with middle - radius <= x <= middle + radius; radius >= 0, of middle's shape."""

    middle: Tensor
    radius: Tensor

    @property
    def lower(self) -> Tensor:
        """The lower bound."""
        return self.middle - self.radius

    @property
    def upper(self) -> Tensor:
        """The upper bound."""
        return self.middle + self.radius


def between(lower: Tensor, upper: Tensor) -> Bounds:
    """The interval of these bounds."""
    return Bounds((upper + lower) / 2, (upper - lower) / 2)


def through_hypernetwork(network: Plain, embeddings: Bounds) -> Bounds:
    """Bounds of what the network gives for the interval: (n, width) -> (n, weights)."""
    return _linear(_through_hidden(network, embeddings), network.head)


def middle_of(network: Plain, embeddings: Bounds) -> Tensor:
    """The middle of `through_hypernetwork`, for half the work: (n, width) -> (n, weights)."""
    found: Tensor = network.head(_through_hidden(network, embeddings).middle)
    return found


def _through_hidden(network: Plain, embeddings: Bounds) -> Bounds:
    found = embeddings
    for layer in network.hidden.layers:
        assert isinstance(layer, nn.Linear)
        found = _monotone(F.leaky_relu, _linear(found, layer))
    return found


def _linear(x: Bounds, layer: nn.Linear) -> Bounds:
    return Bounds(layer(x.middle), x.radius @ layer.weight.abs().mT)


def _monotone(rising: Callable[[Tensor], Tensor], x: Bounds) -> Bounds:
    return between(rising(x.lower), rising(x.upper))


def interval_logits(target: Target, theta: Bounds, inputs: Tensor) -> tuple[Tensor, Bounds]:
    """Logits of the middle's target, and bounds of those of every target in the interval.

    Args:
        theta: parameters, shape (n, weights).
        inputs: shape (n, examples, widths[0]), not negative.
    Returns:
        Logits, shape (n, examples, classes), and an interval of that shape.
    """
    middles, lowers, uppers = (target.split(t) for t in (theta.middle, theta.lower, theta.upper))
    lower = upper = inputs
    last = len(target.widths) - 2
    for i in range(last + 1):
        weight, bias = f"layers.{i}.weight", f"layers.{i}.bias"
        low, high = lowers[weight], uppers[weight]
        # All that comes in is at least 0, so a weight's sign says which end of the input it takes.
        below = lower @ low.clamp(min=0).mT + upper @ low.clamp(max=0).mT
        above = upper @ high.clamp(min=0).mT + lower @ high.clamp(max=0).mT
        lower, upper = below + lowers[bias][:, None, :], above + uppers[bias][:, None, :]
        if i < last:
            lower, upper = F.relu(lower), F.relu(upper)
    return target.logits(middles, inputs), between(lower, upper)


def worst_case(logits: Bounds, labels: Tensor) -> Tensor:
    """The logits within the bounds that speak most against the labels.

    Args:
        logits: shape (..., classes).
        labels: int64, shape (...).
    """
    classes = torch.arange(logits.middle.shape[-1], device=labels.device)
    true = labels[..., None] == classes
    return torch.where(true, logits.lower, logits.upper)
