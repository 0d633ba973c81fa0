"""The images of the task `time`: glyphs whose style drifts from period to period.

Here: drawing a period's images, and the assets that hold them, in the form of compose's: a grid of
one group, all classes, and of periods in the place of styles. From the first period to the last
three things change evenly: strokes turn, they thicken, and stripes grow on them and behind them.
No instance is in two splits or two periods. Not here: the glyphs (suites.merging.compose.cells),
pretraining, which sees other styles (suites.merging.compose.networks).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from bench.contract.job import Output
from suites.common.draws import generator
from suites.merging.compose.cells import Images, Wanted, ink_of
from suites.merging.compose.layout import layout
from suites.merging.compose.styles import restyle

Drift = Mapping[str, Sequence[float]]
"""What changes, each as its values at the first and the last period: `angle` in degrees, `width`
of strokes as a multiple of the usual, `stripes` as their share in the image."""


def drift(ink: Tensor, share: float, between: Drift, draws: Generator) -> Tensor:
    """Ink as it looks at a moment of time.

    Args:
        ink: shape (images, height, width), in [0, 1].
        share: of the way from the first period to the last, in [0, 1].
        between: see Drift.
        draws: of the stripes' phases.
    Returns:
        The same shape, in [0, 1].
    """
    now = {name: first + share * (last - first) for name, (first, last) in between.items()}
    turned = turn(ink, now["angle"])
    # A stroke's profile is exp(-d^2 / 2 w^2): the power 1 / k^2 makes its width k times as large.
    thick = turned.clamp(0, 1) ** (1 / now["width"] ** 2)
    return restyle(thick, "grating", now["stripes"], draws)


def turn(images: Tensor, angle: float) -> Tensor:
    """Images turned about their middle, what comes in from outside black.

    Args:
        images: shape (images, height, width).
        angle: in degrees, counter-clockwise.
    """
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    matrix = torch.tensor([[cosine, -sine, 0.0], [sine, cosine, 0.0]])
    planes = images[:, None]
    where = F.affine_grid(matrix.expand(len(images), 2, 3), list(planes.shape), align_corners=False)
    return F.grid_sample(planes, where, align_corners=False)[:, 0]


def draw_periods(
    images: Images, seed: int, split: str, periods: Sequence[int]
) -> tuple[Tensor, Tensor]:
    """The examples of a split, each period's in an order of its own.

    Args:
        images: settings.
        seed: of the task.
        split: one of suites.merging.compose.cells.SPLITS.
        periods: by number.
    Returns:
        Images, bytes of shape (periods, examples, size, size); labels, int64 (periods, examples).
    """
    grid, each, source = layout(images), images[split], ink_of(images)
    classes = grid.classes[0]
    found, labels = [], []
    for period in periods:
        name = grid.styles[period]
        ink = source(images, seed, Wanted(split, name, classes, each)).flatten(0, 1)
        share = period / (len(grid.styles) - 1)
        styled = drift(ink, share, images["drift"], generator(seed, f"drift/{split}/{name}"))
        order = torch.randperm(len(styled), generator=generator(seed, f"order/{split}/{name}"))
        found.append((styled[order] * 255).round().to(torch.uint8))
        labels.append(torch.tensor(classes).repeat_interleave(each)[order])
    return torch.stack(found), torch.stack(labels)


def build_examples(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Training, calibration and validation examples of the periods with experts, in order."""
    images, seed = arguments["images"], arguments["seed"]
    periods = [period for _group, period in layout(images).held_in]
    tensors: dict[str, Tensor] = {}
    for split in ("training", "calibration", "validation"):
        found, labels = draw_periods(images, seed, split, periods)
        tensors |= {f"{split}/images": found, f"{split}/labels": labels}
    return Output(tensors, {"images": dict(images)})


def build_test_inputs(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Test images of every period, in order, as `images`."""
    images = arguments["images"]
    found, _labels = draw_periods(images, arguments["seed"], "test", _all(images))
    return Output({"images": found}, {"images": dict(images)})


def build_answers(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """The test images' classes, in the same order, as `labels`; for scoring only."""
    images = arguments["images"]
    _found, labels = draw_periods(images, arguments["seed"], "test", _all(images))
    return Output({"labels": labels}, {"images": dict(images)})


def _all(images: Images) -> range:
    return range(len(images["styles"]))
