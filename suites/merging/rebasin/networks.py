"""The networks of `rebasin`: multilayer perceptrons, and a small residual one with BatchNorm.

Here: the residual network, and making either from its description. Images have shape (images,
height, width). Not here: the perceptron (suites.common.networks), training
(suites.merging.rebasin.training).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from suites.common.networks import MLP


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with BatchNorm, added to their input, which a 1x1 one fits to them.

    Args:
        inputs, outputs: channels; where they differ the block has stride 2.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.fits = inputs == outputs
        stride = 1 if self.fits else 2
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        if not self.fits:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.norm3 = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Shape (images, inputs, height, width) -> (images, outputs, height or half, ...)."""
        inside = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(inside + (x if self.fits else self.norm3(self.shortcut(x))))


class ResidualNet(nn.Module):
    """A convolution of stride 2, a residual block for each width, mean pooling, a linear head.

    Args:
        widths: channels of the first convolution and of the blocks: the first block keeps its
            input's, each later one is of stride 2.
        classes: outputs.
    """

    def __init__(self, widths: Sequence[int], classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, widths[0], 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(widths[0])
        inputs = (widths[0], *widths[:-1])
        self.blocks = nn.Sequential(
            *(ResidualBlock(a, b) for a, b in zip(inputs, widths, strict=True))
        )
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, images: Tensor) -> Tensor:
        """Shape (images, height, width) -> logits, shape (images, classes)."""
        x = F.relu(self.norm(self.stem(images.unsqueeze(1))))
        return self.head(self.blocks(x).mean((2, 3)))


def build_network(description: Mapping[str, Any]) -> nn.Module:
    """The network of a description, in evaluation mode; its weights are torch's own draw.

    Args:
        description: `kind`, `mlp` or `residual`, and `widths`.
    """
    if description["kind"] == "mlp":
        return MLP(description["widths"]).eval()
    return ResidualNet(description["widths"]).eval()
