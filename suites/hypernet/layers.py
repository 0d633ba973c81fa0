"""What hypernetworks are built from: hidden layers, a head, initialisations, encodings.

Here: the plain hypernetwork as a module whose pieces a method replaces or initialises, in
operators whose digits don't depend on how many networks `vmap` stacks. Not here: the target
(suites.hypernet.target), whole methods (methods/hypernet).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from suites.common.networks import Linear
from suites.hypernet.target import Target

GAIN = math.sqrt(2 / (1 + 0.01**2))
"""Kaiming's gain of LeakyReLU with slope .01."""

Encoding = Callable[[Tensor], Tensor]


def plain(conditions: Tensor) -> Tensor:
    """The condition as it is, (n, size) -> (n, size)."""
    return conditions


def cosine_sine(conditions: Tensor) -> Tensor:
    """[cos(pi c / 2), sin(pi c / 2)] of each number c in [0, 1]: (n, size) -> (n, 2 size).

    Its norm is constant. Source: MIP, https://arxiv.org/abs/2304.07645, input encoding.
    """
    angle = conditions * (math.pi / 2)
    return torch.cat([angle.cos(), angle.sin()], dim=-1)


class Hidden(nn.Module):
    """Hidden layers of a hypernetwork with LeakyReLU, `layers.{i}`.

    Args:
        widths: inputs and hidden layers.
    """

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Linear(a, b) for a, b in pairwise(widths))

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, widths[0]) -> (n, widths[-1])."""
        for layer in self.layers:
            x = F.leaky_relu(layer(x))
        return x


class Plain(nn.Module):
    """Condition, encoding, hidden layers, one head for all of the target's parameters.

    Args:
        target: whose parameters it gives.
        size: numbers in a condition.
        widths: its hidden layers.
        encode: applied to conditions.
        encoded: numbers in an encoded condition; by default `size`.
    """

    def __init__(
        self,
        target: Target,
        size: int,
        widths: Sequence[int],
        *,
        encode: Encoding = plain,
        encoded: int | None = None,
    ) -> None:
        super().__init__()
        self.target, self.encode = target, encode
        self.hidden = Hidden((size if encoded is None else encoded, *widths))
        self.head = Linear(widths[-1], target.weights)

    def forward(self, conditions: Tensor) -> dict[str, Tensor]:
        """Shape (n, size) -> parameter name -> (n, *shape)."""
        return self.target.split(self.head(self.hidden(self.encode(conditions))))


def plain_count(size: int, widths: Sequence[int], weights: int) -> int:
    """Trainable numbers of `Plain`."""
    return sum((a + 1) * b for a, b in pairwise((size, *widths, weights)))


@torch.no_grad()
def initialise_torch(module: nn.Module, generator: Generator) -> None:
    """torch's own initialisation of Linear layers: weights and biases U(-1, 1) / sqrt(fan-in)."""
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            bound = 1 / math.sqrt(layer.in_features)
            layer.weight.uniform_(-bound, bound, generator=generator)
            layer.bias.uniform_(-bound, bound, generator=generator)


@torch.no_grad()
def initialise_fan_out(module: Plain, generator: Generator) -> None:
    """Kaiming normal by fan-out with LeakyReLU's gain, biases 0; the head slice by slice.

    A slice is what gives one parameter of the target; its fan-out is how many numbers that has.
    """
    for layer in module.hidden.layers:
        assert isinstance(layer, nn.Linear)
        layer.weight.normal_(0, GAIN / math.sqrt(layer.out_features), generator=generator)
        layer.bias.zero_()
    module.head.bias.zero_()
    for piece in module.head.weight.split(module.target.sizes):
        piece.normal_(0, GAIN / math.sqrt(len(piece)), generator=generator)


@torch.no_grad()
def add_initial(module: Plain, generator: Generator) -> None:
    """theta = theta_0 + h(condition): the head's bias starts as the target's own initialisation."""
    module.head.bias.copy_(module.target.initial(generator))
