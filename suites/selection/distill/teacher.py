"""The teacher: a network with BatchNorm, whose running statistics some methods match.

Here: its forward pass by stored or by a batch's own statistics, and the asset that trains it. Not
here: networks without such state (suites.selection.networks), what methods do with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from bench.contract.job import Assets, Output
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.common.draws import generator as generator_of
from suites.selection.counters import COUNTERS
from suites.selection.passes import Passes
from suites.selection.training import Examples, Optimiser, Recipe, batch_loss, batches, steps_of

FLOOR, MOMENTUM = 1e-5, 0.1
"""torch's own, of BatchNorm."""


@dataclass(frozen=True)
class Statistics:
    """What one BatchNorm saw of a batch: mean and variance of each channel, shape (channels,)."""

    mean: Tensor
    variance: Tensor


@dataclass(frozen=True)
class Teacher:
    """Blocks of 3x3 convolution, BatchNorm, ReLU and 2x2 mean pooling, and a linear layer.

    Attributes:
        parts: weights by name: `0.weight`, `0.scale`, `0.shift`, …, `head.weight`, `head.bias`.
        running: each BatchNorm's running statistics.
    """

    parts: Mapping[str, Tensor]
    running: tuple[Statistics, ...]

    @classmethod
    def of(cls, asset: Output) -> Teacher:
        """The teacher that an asset holds."""
        running = zip(asset.tensors["means"], asset.tensors["variances"], strict=True)
        parts = {n.removeprefix("part/"): t for n, t in asset.tensors.items() if "part/" in n}
        return cls(parts, tuple(Statistics(mean, variance) for mean, variance in running))

    def logits(self, images: Tensor) -> Tensor:
        """By running statistics, shape (n, classes)."""
        return self.outputs(images)[0]

    def outputs(
        self, images: Tensor, by_running: bool = True
    ) -> tuple[Tensor, tuple[Statistics, ...]]:
        """Logits (n, classes), and what each BatchNorm saw of these images.

        Args:
            by_running: normalise by the running statistics, as in evaluation; else by the images'.
        """
        return forward(self.parts, images, self.running if by_running else None)


def forward(
    parts: Mapping[str, Tensor], images: Tensor, running: tuple[Statistics, ...] | None
) -> tuple[Tensor, tuple[Statistics, ...]]:
    """Logits, and each BatchNorm's view of its input; by those statistics where there are none."""
    maps, seen = images, []
    blocks = sum(name.endswith(".scale") for name in parts)
    for number in range(blocks):
        maps = F.conv2d(maps, parts[f"{number}.weight"], padding=1)
        mean = maps.mean((0, 2, 3))
        centred = maps - mean[:, None, None]
        statistics = Statistics(mean, centred.square().mean((0, 2, 3)))
        seen.append(statistics)
        by = statistics if running is None else running[number]
        scale = parts[f"{number}.scale"] * (by.variance + FLOOR).rsqrt()
        shift = parts[f"{number}.shift"] - by.mean * scale
        maps = F.relu(maps * scale[:, None, None] + shift[:, None, None])
        maps = F.avg_pool2d(maps, 2)
    features = maps.flatten(1)
    return F.linear(features, parts["head.weight"], parts["head.bias"]), tuple(seen)


def build_teacher(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """Train a teacher on the pool.

    Args:
        arguments: `widths`, `epochs`, `recipe`, `classes`, `seed`.
        inputs: `pool`, with images and labels.
    """
    draws = generator_of(arguments["seed"], "selection/teacher")
    pool = inputs["pool"].tensors
    examples = Examples(pool["images"], pool["labels"])
    shapes = _shapes(arguments, examples.images)
    weights = _start(shapes, draws)
    meter = Meter(Budget(), COUNTERS)
    with meter:
        running = _train(weights, shapes, examples, arguments, draws, Passes(meter))
    cost = {name: amount for name, amount in meter.spent.items() if amount}
    return Output(
        {
            **{f"part/{name}": part.clone() for name, part in _parts(weights, shapes).items()},
            "means": torch.stack([statistics.mean for statistics in running]),
            "variances": torch.stack([statistics.variance for statistics in running]),
        },
        {"cost": cost},
    )
