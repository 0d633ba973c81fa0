"""The target: the network whose parameters a hypernetwork generates.

Here: a multilayer perceptron with ReLU as a function of parameters that differ from sample to
sample: its shapes, how one flat vector is cut into them, its own initialisation, its logits. Not
here: hypernetworks (methods/hypernet), their layers (suites.hypernet.layers).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

Parameters = Mapping[str, Tensor]
"""Parameter name -> values for n conditions, shape (n, *shape of the parameter)."""


@dataclass(frozen=True)
class Target:
    """A multilayer perceptron with ReLU between its layers.

    Attributes:
        widths: inputs, hidden layers, outputs. Where a task asks for several widths, the hidden
            ones are the largest, and a mask says which units are there.
    """

    widths: tuple[int, ...]

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Each parameter's shape: `layers.{i}.weight` (out, in) and `layers.{i}.bias` (out,)."""
        shapes: dict[str, tuple[int, ...]] = {}
        for i, (before, after) in enumerate(pairwise(self.widths)):
            shapes[f"layers.{i}.weight"] = (after, before)
            shapes[f"layers.{i}.bias"] = (after,)
        return shapes

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Numbers in each parameter, in the order of `shapes`."""
        return tuple(math.prod(shape) for shape in self.shapes.values())

    @property
    def weights(self) -> int:
        """Numbers in all parameters."""
        return sum(self.sizes)

    def fan_in(self, name: str) -> int:
        """How many inputs a unit of the layer has that the parameter belongs to."""
        return self.shapes[name.rpartition(".")[0] + ".weight"][1]

    def split(self, flat: Tensor) -> dict[str, Tensor]:
        """Cut vectors of all parameters: shape (n, weights) -> name -> (n, *shape).

        Each parameter gets memory of its own, so that where it starts, and with it the order in
        which products sum, doesn't depend on how many networks are stacked.
        """
        pieces = flat.split(self.sizes, dim=-1)
        return {
            name: piece.clone(memory_format=torch.contiguous_format).view(*flat.shape[:-1], *shape)
            for (name, shape), piece in zip(self.shapes.items(), pieces, strict=True)
        }

    def join(self, parameters: Parameters) -> Tensor:
        """The reverse of `split`: name -> (n, *shape) to shape (n, weights)."""
        return torch.cat([parameters[name].flatten(1) for name in self.shapes], dim=1)

    def initial(self, generator: Generator) -> Tensor:
        """The target's own initialisation, one flat vector of shape (weights,).

        Weights are Kaiming normal by fan-in with ReLU's gain, biases 0: He et al., "Delving Deep
        into Rectifiers" (2015), https://arxiv.org/abs/1502.01852.
        """
        pieces = []
        for name, shape in self.shapes.items():
            if name.endswith("bias"):
                pieces.append(torch.zeros(shape))
            else:
                draw = torch.randn(shape, generator=generator)
                pieces.append((draw * math.sqrt(2 / self.fan_in(name))).flatten())
        return torch.cat(pieces)

    def logits(self, parameters: Parameters, inputs: Tensor, masks: Tensor | None = None) -> Tensor:
        """Run n targets, each with parameters and inputs of its own.

        Args:
            parameters: name -> (n, *shape).
            inputs: shape (n, examples, widths[0]).
            masks: 1 for hidden units that are there, 0 for others, shape (n, widest hidden layer);
                by default all are.
        Returns:
            Shape (n, examples, widths[-1]).
        """
        x = inputs
        last = len(self.widths) - 2
        for i in range(last + 1):
            weight, bias = parameters[f"layers.{i}.weight"], parameters[f"layers.{i}.bias"]
            x = x @ weight.mT + bias[:, None, :]
            if i < last:
                x = F.relu(x)
                if masks is not None:
                    x = x * masks[:, None, : x.shape[-1]]
        return x
