"""Small classifiers whose weights are one vector.

A vector is what an optimiser updates in six calls, what a trajectory is matched by, and a direction
in weight space. Each network has features phi (what its last layer sees) and a linear last layer,
`head`. Nothing of a network is kept between calls: no BatchNorm (the teacher's, which needs one, is
in suites.selection.distill.teacher). Not here: training (suites.selection.training).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod, sqrt
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

Shapes = dict[str, tuple[int, ...]]
Parts = Mapping[str, Tensor]


@dataclass(frozen=True)
class Network:
    """A classifier as functions of a weight vector and images.

    Attributes:
        shapes: of the parts of the vector, in its order; `head.weight` and `head.bias` are last.
        body: from parts and images (n, channels, side, side) to features (n, d).
        classes: how many logits.
    """

    shapes: Shapes
    body: Callable[[Parts, Tensor], Tensor]
    classes: int

    @property
    def size(self) -> int:
        """How many weights there are."""
        return sum(map(prod, self.shapes.values()))

    @property
    def width(self) -> int:
        """How many features there are, d."""
        return self.shapes["head.weight"][1]

    def start(self, generator: Generator) -> Tensor:
        """Weights to train from, shape (size,): torch's own defaults.

        Kernels and biases are uniform within 1 / sqrt(fan in); scales (`*.scale`) are 1, shifts 0.
        """
        pieces = []
        bound = 1.0
        for name, shape in self.shapes.items():
            if name.endswith(".scale"):
                pieces.append(torch.ones(prod(shape)))
            elif name.endswith(".shift"):
                pieces.append(torch.zeros(prod(shape)))
            else:
                if name.endswith(".weight"):
                    bound = 1 / sqrt(prod(shape[1:]))
                drawn = torch.rand(prod(shape), generator=generator)
                pieces.append((2 * drawn - 1) * bound)
        return torch.cat(pieces)

    def parts(self, weights: Tensor) -> dict[str, Tensor]:
        """The vector's parts in their shapes, as views of it."""
        pieces = weights.split([prod(shape) for shape in self.shapes.values()])
        return {
            name: piece.view(shape)
            for (name, shape), piece in zip(self.shapes.items(), pieces, strict=True)
        }

    def features(self, weights: Tensor, images: Tensor) -> Tensor:
        """Phi, shape (n, d)."""
        return self.body(self.parts(weights), images)

    def logits(self, weights: Tensor, images: Tensor) -> Tensor:
        """Shape (n, classes)."""
        return self.outputs(weights, images)[0]

    def outputs(self, weights: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (n, classes) and features (n, d)."""
        parts = self.parts(weights)
        features = self.body(parts, images)
        return F.linear(features, parts["head.weight"], parts["head.bias"]), features


def build(settings: Mapping[str, Any]) -> Network:
    """The network that some settings describe.

    Args:
        settings: `name` (a key of NETWORKS), `channels`, `side`, `classes`, and the network's own
            `widths` where it has them.
    """
    known = dict(settings)
    return NETWORKS[known.pop("name")](**known)


def strided(channels: int, side: int, classes: int, widths: Sequence[int]) -> Network:
    """3x3 convolutions with stride 2, each with a ReLU; features are the last maps, flattened."""
    shapes: Shapes = {}
    before, size = channels, side
    for number, width in enumerate(widths):
        shapes[f"{number}.weight"], shapes[f"{number}.bias"] = (width, before, 3, 3), (width,)
        before, size = width, (size + 1) // 2

    def body(parts: Parts, images: Tensor) -> Tensor:
        maps = images
        for number in range(len(widths)):
            weight, bias = parts[f"{number}.weight"], parts[f"{number}.bias"]
            maps = F.relu(F.conv2d(maps, weight, bias, stride=2, padding=1))
        return maps.flatten(1)

    return _with_head(shapes, body, before * size * size, classes)


def convnet3(channels: int, side: int, classes: int, width: int = 16) -> Network:
    """Three blocks of 3x3 convolution, instance norm, ReLU, 2x2 mean pooling: distillation's own.

    Source: Zhao et al., Dataset Condensation with Gradient Matching (2021), appendix, and
    github.com/VICO-UoE/DatasetCondensation, with width 16 in place of 128.
    """
    shapes: Shapes = {}
    before, size = channels, side
    for number in range(3):
        shapes[f"{number}.weight"], shapes[f"{number}.bias"] = (width, before, 3, 3), (width,)
        shapes[f"{number}.scale"], shapes[f"{number}.shift"] = (width,), (width,)
        before, size = width, size // 2

    def body(parts: Parts, images: Tensor) -> Tensor:
        maps = images
        for number in range(3):
            weight, bias = parts[f"{number}.weight"], parts[f"{number}.bias"]
            maps = F.conv2d(maps, weight, bias, padding=1)
            maps = standardised(maps, (2, 3))
            scale, shift = parts[f"{number}.scale"], parts[f"{number}.shift"]
            maps = F.relu(maps * scale[:, None, None] + shift[:, None, None])
            maps = F.avg_pool2d(maps, 2)
        return maps.flatten(1)

    return _with_head(shapes, body, before * size * size, classes)


def standardised(maps: Tensor, dimensions: tuple[int, ...], floor: float = 1e-5) -> Tensor:
    """Maps less their mean, over their standard deviation, both over some dimensions.

    Written out: torch's fused instance norm has no second derivative that the meter can count.
    """
    centred = maps - maps.mean(dimensions, keepdim=True)
    variance = (centred * centred).mean(dimensions, keepdim=True)
    return centred * (variance + floor).rsqrt()


def mlp(channels: int, side: int, classes: int, width: int = 128) -> Network:
    """Two hidden layers with ReLU."""
    pixels = channels * side * side
    shapes: Shapes = {
        "0.weight": (width, pixels),
        "0.bias": (width,),
        "1.weight": (width, width),
        "1.bias": (width,),
    }

    def body(parts: Parts, images: Tensor) -> Tensor:
        hidden = F.relu(F.linear(images.flatten(1), parts["0.weight"], parts["0.bias"]))
        return F.relu(F.linear(hidden, parts["1.weight"], parts["1.bias"]))

    return _with_head(shapes, body, width, classes)


def lenet(channels: int, side: int, classes: int) -> Network:
    """LeNet-5 with ReLU and max pooling; padded as if its images had 4 pixels more a side.

    Source: LeCun et al., Gradient-based learning applied to document recognition (1998), as
    distillation's evaluators have it (github.com/VICO-UoE/DatasetCondensation, networks.py).
    """
    small = ((side // 2) - 4) // 2 if side >= 16 else side // 4
    shapes: Shapes = {
        "0.weight": (6, channels, 5, 5),
        "0.bias": (6,),
        "1.weight": (16, 6, 5, 5),
        "1.bias": (16,),
        "2.weight": (120, 16 * small * small),
        "2.bias": (120,),
        "3.weight": (84, 120),
        "3.bias": (84,),
    }
    padding = 0 if side >= 16 else 2

    def body(parts: Parts, images: Tensor) -> Tensor:
        maps = F.conv2d(images, parts["0.weight"], parts["0.bias"], padding=2)
        maps = F.max_pool2d(F.relu(maps), 2)
        maps = F.conv2d(maps, parts["1.weight"], parts["1.bias"], padding=padding)
        maps = F.max_pool2d(F.relu(maps), 2).flatten(1)
        hidden = F.relu(F.linear(maps, parts["2.weight"], parts["2.bias"]))
        return F.relu(F.linear(hidden, parts["3.weight"], parts["3.bias"]))

    return _with_head(shapes, body, 84, classes)


def resnet18(channels: int, side: int, classes: int, width: int = 64) -> Network:
    """ResNet-18 for small images, with group norm of 8 channels a group in place of BatchNorm.

    Source: He et al. (2016); the stem of 3x3 without pooling that CIFAR is usually given. Group
    norm keeps nothing between calls, so that a weighted example changes no other's features.
    """
    shapes: Shapes = {"stem.weight": (width, channels, 3, 3), **_norm("stem", width)}
    before = width
    for stage in range(4):
        for block in range(2):
            after, name = width * 2**stage, f"{stage}.{block}"
            shapes |= {f"{name}.a.weight": (after, before, 3, 3), **_norm(f"{name}.a", after)}
            shapes |= {f"{name}.b.weight": (after, after, 3, 3), **_norm(f"{name}.b", after)}
            if before != after:
                shapes |= {f"{name}.c.weight": (after, before, 1, 1), **_norm(f"{name}.c", after)}
            before = after

    def body(parts: Parts, images: Tensor) -> Tensor:
        maps = F.relu(_normalised(parts, "stem", F.conv2d(images, parts["stem.weight"], padding=1)))
        for stage in range(4):
            for block in range(2):
                name, stride = f"{stage}.{block}", 2 if stage and not block else 1
                first = F.conv2d(maps, parts[f"{name}.a.weight"], stride=stride, padding=1)
                inner = F.relu(_normalised(parts, f"{name}.a", first))
                second = F.conv2d(inner, parts[f"{name}.b.weight"], padding=1)
                inner = _normalised(parts, f"{name}.b", second)
                if f"{name}.c.weight" in parts:
                    short = F.conv2d(maps, parts[f"{name}.c.weight"], stride=stride)
                    maps = _normalised(parts, f"{name}.c", short)
                maps = F.relu(inner + maps)
        return maps.mean((2, 3))

    return _with_head(shapes, body, before, classes)


def _norm(name: str, width: int) -> Shapes:
    return {f"{name}.scale": (width,), f"{name}.shift": (width,)}


def _normalised(parts: Parts, name: str, maps: Tensor) -> Tensor:
    return F.group_norm(maps, maps.shape[1] // 8, parts[f"{name}.scale"], parts[f"{name}.shift"])


def _with_head(
    shapes: Shapes, body: Callable[[Parts, Tensor], Tensor], width: int, classes: int
) -> Network:
    shapes = {**shapes, "head.weight": (classes, width), "head.bias": (classes,)}
    return Network(shapes, body, classes)


NETWORKS: Mapping[str, Callable[..., Network]] = {
    "strided": strided,
    "convnet3": convnet3,
    "mlp": mlp,
    "lenet": lenet,
    "resnet18": resnet18,
}
"""Every network by its name."""
