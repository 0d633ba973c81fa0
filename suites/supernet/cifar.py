"""CIFAR-10 for the tier `full`, in the parts of NAS-Bench-201: half of the training images train.

Here: the parts and their standardisation, random crops and flips. Not here: where the files lie
(suites.common.sources).
"""

from __future__ import annotations

from functools import cache

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from suites.common.draws import generator
from suites.common.sources import load
from suites.supernet.overlay import Examples

SOURCE = "tv:CIFAR10"

MEAN = (125.3 / 255, 123.0 / 255, 113.9 / 255)
DEVIATION = (63.0 / 255, 62.1 / 255, 66.7 / 255)
"""Of red, green and blue, as NAS-Bench-201's released code has them."""

TRAINING_IMAGES = 50_000
"""The source's first; the other 10,000 are for test. Half of them train, half are for validation;
the halves are drawn once, and aren't those of NAS-Bench-201, whose list isn't packaged."""


@cache
def cifar10(part: str) -> Examples:
    """The part `training` (25,000), `validation` (25,000) or `test` (10,000); not to be written to.

    Raises:
        SourceError: CIFAR-10 isn't here; the message says where it is looked for.
    """
    source = load(SOURCE)
    order = torch.randperm(TRAINING_IMAGES, generator=generator(0, "supernet/cifar10"))
    half = TRAINING_IMAGES // 2
    rows = {
        "training": order[:half],
        "validation": order[half:],
        "test": torch.arange(TRAINING_IMAGES, len(source.labels)),
    }[part]
    mean, deviation = (torch.tensor(values)[:, None, None] for values in (MEAN, DEVIATION))
    images = (source.inputs[rows] - mean) / deviation
    return Examples(images.contiguous(memory_format=torch.channels_last), source.labels[rows])


MARGIN = 4
"""Pixels of nothing around an image, of which a crop may take some."""


def crop_and_flip(images: Tensor, generator: Generator) -> Tensor:
    """Each image moved by up to MARGIN pixels each way, half of them mirrored.

    Args:
        images: shape (images, channels, height, width).
        generator: of the draws.
    """
    count, _, height, width = images.shape
    padded = F.pad(images, (MARGIN,) * 4)
    down, across = torch.randint(2 * MARGIN + 1, (2, count, 1), generator=generator)
    rows, columns = down + torch.arange(height), across + torch.arange(width)
    mirrored = torch.rand(count, generator=generator) < 0.5
    columns = torch.where(mirrored[:, None], columns.flip(1), columns)
    number = torch.arange(count)[:, None, None]
    moved = padded[number, :, rows[:, :, None], columns[:, None, :]]  # channels come last
    return moved.permute(0, 3, 1, 2)
