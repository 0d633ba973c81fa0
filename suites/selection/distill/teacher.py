"""The teacher: a network with BatchNorm, whose running statistics some methods match.

Here: its forward pass by stored or by a batch's own statistics, and the asset that trains it. Not
here: networks without such state (suites.selection.networks), what methods do with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from suites.selection.networks import Network, Shapes
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
    features, seen = features_of(parts, images, running)
    return F.linear(features, parts["head.weight"], parts["head.bias"]), seen


def features_of(
    parts: Mapping[str, Tensor], images: Tensor, running: tuple[Statistics, ...] | None
) -> tuple[Tensor, tuple[Statistics, ...]]:
    """What the last layer sees, shape (n, d), and each BatchNorm's view of its input."""
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
    return maps.flatten(1), tuple(seen)


def build_teacher(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """Train a teacher on the pool.

    Args:
        arguments: `widths`, `epochs`, `recipe`, `classes`, `seed`.
        inputs: `pool`, with images and labels.
    """
    draws = generator_of(arguments["seed"], "selection/teacher")
    pool = inputs["pool"].tensors
    examples = Examples(pool["images"], pool["labels"])
    _, channels, side, _ = examples.images.shape
    network = shell(arguments["widths"], channels, side, arguments["classes"])
    weights = network.start(draws)
    meter = Meter(Budget(), COUNTERS)
    with meter:
        recipe = Recipe.of(arguments["recipe"])
        running = _train(
            network, weights, examples, recipe, arguments["epochs"], draws, Passes(meter)
        )
    return Output(
        {
            **{f"part/{name}": part.clone() for name, part in network.parts(weights).items()},
            "means": torch.stack([statistics.mean for statistics in running]),
            "variances": torch.stack([statistics.variance for statistics in running]),
        },
        {"cost": {name: amount for name, amount in meter.spent.items() if amount}},
    )


def shell(widths: Sequence[int], channels: int, side: int, classes: int) -> Network:
    """The teacher's weights as one vector; its body normalises by each batch's statistics.

    All widths must be equal: the running statistics are one tensor.
    """
    shapes: Shapes = {}
    before, size = channels, side
    for number, width in enumerate(widths):
        shapes[f"{number}.weight"] = (width, before, 3, 3)
        shapes[f"{number}.scale"] = shapes[f"{number}.shift"] = (width,)
        before, size = width, size // 2
    shapes |= {"head.weight": (classes, before * size * size), "head.bias": (classes,)}
    return Network(shapes, lambda parts, images: features_of(parts, images, None)[0], classes)


def _train(
    network: Network,
    weights: Tensor,
    examples: Examples,
    recipe: Recipe,
    epochs: float,
    draws: Generator,
    passes: Passes,
) -> tuple[Statistics, ...]:
    """Train the weights in place; returns the running statistics that they end with."""
    steps = steps_of(epochs * len(examples), len(examples), recipe.batch)
    optimiser, running = Optimiser(recipe, len(weights), steps), None
    drawn = batches(len(examples), recipe.batch, draws)

    def gradient_of(batch: Examples) -> tuple[Tensor, tuple[Statistics, ...]]:
        leaf = weights.detach().requires_grad_()
        logits, seen = forward(network.parts(leaf), batch.images, None)
        return torch.autograd.grad(batch_loss(logits, batch), leaf)[0], seen

    for _ in range(steps):
        gradient, seen = passes.step(gradient_of, examples.rows(next(drawn)), network)
        with passes.uncounted():
            optimiser.step(weights, gradient)
            running = _moved(running, seen)
    assert running is not None
    return running


def _moved(
    running: tuple[Statistics, ...] | None, seen: tuple[Statistics, ...]
) -> tuple[Statistics, ...]:
    """Running statistics after one more batch, by torch's rule; the first batch's as they are."""
    detached = tuple(Statistics(s.mean.detach(), s.variance.detach()) for s in seen)
    if running is None:
        return detached
    return tuple(
        Statistics(old.mean.lerp(new.mean, MOMENTUM), old.variance.lerp(new.variance, MOMENTUM))
        for old, new in zip(running, detached, strict=True)
    )
