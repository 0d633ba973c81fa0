"""EfficientNet-Lite0 with its BatchNorm folded into the weights, and 1x1 convolutions as Linear.

Here: the network of the task `eight`, and the template that a run is handed. Activations have
shape (images, height, width, channels), so that a 1x1 convolution is `nn.Linear` on the last
dimension. Not here: where its weights come from (suites.merging.eight.released), training
(suites.merging.eight.training).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from bench.contract.job import Output

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's red, green and blue, by which the released weights expect pixels normalised."""

FEATURES = 1280
"""Numbers that the backbone makes of an image."""

Blocks = Sequence[Mapping[str, Any]]
"""Each block's shape: `inputs`, `expanded` and `outputs` (channels), `kernel`, `stride`."""


class Convolution(nn.Module):
    """A convolution with bias; shape (images, height, width, channels) in and out.

    Args:
        inputs, outputs: channels.
        kernel, stride: an odd side, and 1 or 2. At stride 1 zeros keep height and width; at
            stride 2 an even height becomes its half, with one zero more after it than before, as
            in TensorFlow, where the weights are from.
        groups: `inputs` for one kernel a channel, 1 for a full convolution.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, groups: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs // groups, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(outputs))
        self.stride, self.groups = stride, groups
        before, after = (kernel - stride) // 2, (kernel - stride + 1) // 2
        self.both, self.more = before, after - before

    def forward(self, x: Tensor) -> Tensor:
        if self.more:
            x = F.pad(x, (0, 0, 0, self.more, 0, self.more))
        planes = x.permute(0, 3, 1, 2)
        found = F.conv2d(planes, self.weight, self.bias, self.stride, self.both, groups=self.groups)
        return found.permute(0, 2, 3, 1)


class Block(nn.Module):
    """Widen by a 1x1 convolution, filter each channel, narrow; added to its input where it fits."""

    def __init__(
        self, *, inputs: int, expanded: int, outputs: int, kernel: int, stride: int
    ) -> None:
        super().__init__()
        self.expand = nn.Linear(inputs, expanded) if expanded != inputs else None
        self.depthwise = Convolution(expanded, expanded, kernel, stride, expanded)
        self.project = nn.Linear(expanded, outputs)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        wide = x if self.expand is None else F.relu6(self.expand(x))
        narrow = self.project(F.relu6(self.depthwise(wide)))
        return x + narrow if self.residual else narrow


class FoldedEfficientNet(nn.Module):
    """EfficientNet-Lite without BatchNorm; `head.*` is the classifier, all else the backbone.

    Args:
        blocks: their shapes.
        stem: channels of the first convolution.
        classes: outputs.
    """

    def __init__(self, blocks: Blocks, stem: int, classes: int) -> None:
        super().__init__()
        self.stem = Convolution(3, stem, 3, 2, groups=1)
        self.blocks = nn.Sequential(*(Block(**block) for block in blocks))
        self.last = nn.Linear(blocks[-1]["outputs"], FEATURES)
        self.head = nn.Linear(FEATURES, classes)

    def features(self, images: Tensor) -> Tensor:
        """The backbone: grey images in [0, 1], (images, side, side) -> (images, FEATURES)."""
        coloured = images[..., None].expand(*images.shape, 3)
        normal = (coloured - images.new_tensor(MEAN)) / images.new_tensor(DEVIATION)
        x = self.blocks(F.relu6(self.stem(normal)))
        return F.relu6(self.last(x)).mean((1, 2))

    def forward(self, images: Tensor) -> Tensor:
        """Shape (images, side, side) -> logits, shape (images, classes)."""
        return self.head(self.features(images))


def template(pretrained: Output) -> FoldedEfficientNet:
    """The network of a run with the pretrained weights in it, heads included.

    Args:
        pretrained: the asset.
    """
    network = FoldedEfficientNet(
        pretrained.data["blocks"], pretrained.data["stem"], pretrained.data["outputs"]
    )
    network.load_state_dict(pretrained.tensors)
    return network.eval()
