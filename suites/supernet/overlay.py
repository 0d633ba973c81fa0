"""The data set `overlay`: a digit under another digit, in two noisy channels of 8x8.

Channel 1 is a + .8 b moved by a row and a column + .5 noise, channel 2 is .8 b + 1.2 noise; the
label is a's. To read a, a network must find b in channel 2 and take it off channel 1. Digits are
mnist5k's, their 24x24 centre averaged to 8x8 and standardised by those for training: 3,000 for
training, 1,000 for validation, 1,000 for test, so that no digit is on both sides. The pairs and the
noise of all three lists are drawn once, whatever a run's seed.

Here: the three lists. Not here: CIFAR-10 of the tier `full`, batches of a training.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from suites.common.draws import generator
from suites.common.sources import load

SOURCE = "mnist5k"
DIGITS = {"training": 3000, "validation": 1000, "test": 1000}
EXAMPLES = {"training": 16384, "validation": 1000, "test": 4000}

BENEATH = 0.8
"""How strong the digit beneath is, in both channels."""

NOISE = (0.5, 1.2)
"""Standard deviation of the noise in each channel."""


@dataclass(frozen=True)
class Examples:
    """Images and their labels.

    Attributes:
        images: shape (images, channels, height, width), channels last in memory.
        labels: shape (images,), int64.
    """

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


@cache
def overlay(part: str) -> Examples:
    """The list `training`, `validation` or `test`; not to be written to.

    Raises:
        SourceError: mnist5k isn't here.
    """
    digits, labels = _digits(part)
    draws = generator(0, f"supernet/overlay/{part}")
    count = EXAMPLES[part]
    above = torch.randint(len(digits), (count,), generator=draws)
    beneath = torch.randint(len(digits), (count,), generator=draws)
    noise = torch.randn(2, count, *digits.shape[-2:], generator=draws)
    plain, moved = digits[beneath, 0], digits[beneath, 1]
    images = torch.stack(
        [
            digits[above, 0] + BENEATH * moved + NOISE[0] * noise[0],
            BENEATH * plain + NOISE[1] * noise[1],
        ],
        dim=1,
    )
    return Examples(images.contiguous(memory_format=torch.channels_last), labels[above])


def _digits(part: str) -> tuple[Tensor, Tensor]:
    """A part's digits, shape (digits, 2, 8, 8): in place and moved; and their labels."""
    source = load(SOURCE)
    order = torch.randperm(len(source.labels), generator=generator(0, "supernet/overlay/digits"))
    parts = dict(zip(DIGITS, order.split(list(DIGITS.values())), strict=True))
    small = F.avg_pool2d(source.inputs[:, 2:26, 2:26], 3)
    moved = F.pad(small, (1, 0, 1, 0))[:, :8, :8]
    seen = small[parts["training"]].double()
    mean, deviation = seen.mean().item(), seen.std().item()
    both = (torch.stack([small, moved], dim=1) - mean) / deviation
    return both[parts[part]], source.labels[parts[part]]
