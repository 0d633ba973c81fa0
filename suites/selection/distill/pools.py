"""A pool to make examples of: standardised, as networks are given it, and its test likewise.

Here: from pixels in [0, 1] to what networks are given, and back; the assets of the track `distill`
that hold images. Not here: drawing pools (suites.selection.pools).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from bench.contract.job import Assets, Output
from suites.selection import pools


@dataclass(frozen=True)
class Scale:
    """What a pixel of 0 and one of 1 become: less the pool's mean, over its standard deviation.

    One mean and one deviation, over all images, channels and places.
    """

    lowest: float
    highest: float

    @classmethod
    def of(cls, images: Tensor) -> Scale:
        """A pool's own.

        Args:
            images: in [0, 1], any shape.
        """
        mean, deviation = float(images.mean()), float(images.std())
        return cls(-mean / deviation, (1 - mean) / deviation)

    def standardise(self, images: Tensor) -> Tensor:
        """Images in [0, 1] as networks are given them."""
        return images * (self.highest - self.lowest) + self.lowest

    def pixels(self, images: Tensor) -> Tensor:
        """Standardised images in [0, 1] again: what lies beyond is cut off."""
        return ((images - self.lowest) / (self.highest - self.lowest)).clamp(0, 1)


def build_pool(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """The pool, standardised by itself; its data are `lowest` and `highest`, what a pixel can be.

    Args:
        arguments: as of suites.selection.pools.build_pool.
    """
    raw = pools.build_pool(arguments, inputs).tensors
    scale = Scale.of(raw["images"])
    return Output(
        {"images": scale.standardise(raw["images"]), "labels": raw["labels"]},
        {"lowest": scale.lowest, "highest": scale.highest},
    )


def build_answers(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """The test, standardised by the pool; `test_images` and `test_labels`.

    Args:
        arguments: as of suites.selection.pools.build_answers.
        inputs: `pool`, as of `build_pool`.
    """
    raw = pools.build_answers(arguments, inputs).tensors
    images = Scale(**inputs["pool"].data).standardise(raw["test_images"])
    return Output({"test_images": images, "test_labels": raw["test_labels"]})
