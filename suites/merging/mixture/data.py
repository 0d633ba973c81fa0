"""The images of `experts-moe`: handwritten digits, each in a style that no label tells.

Here: dealing the digits to splits, and the assets that hold calibration, validation and test
images. Training sees each of its digits in all styles; elsewhere a digit has one, drawn evenly. Not
here: training (suites.merging.mixture.training), which expert an image goes to
(suites.merging.mixture.cells).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Generator, Tensor

from bench.contract.job import Output
from suites.common.draws import generator
from suites.common.sources import load
from suites.merging.compose.styles import STYLES

CLASSES = 10
SPLITS = ("training", "calibration", "validation", "test")


def deal(images: Mapping[str, Any], seed: int) -> dict[str, Tensor]:
    """Row numbers of each split, int64; no digit is in two.

    Args:
        images: settings: `source`, and how many digits each split has.
        seed: of the task.
    Raises:
        ValueError: the source has too few.
    """
    labels, counts = load(images["source"]).labels, [images[split] for split in SPLITS]
    if sum(counts) > len(labels):
        raise ValueError(f"{images['source']} has {len(labels)} images, fewer than {sum(counts)}")
    rows = torch.randperm(len(labels), generator=generator(seed, "experts-moe/deal"))
    return dict(zip(SPLITS, rows[: sum(counts)].split(counts), strict=True))


def training_images(images: Mapping[str, Any], seed: int) -> tuple[Tensor, Tensor]:
    """Every training digit in every style: float32 (images, height, width), and the labels."""
    data, rows = load(images["source"]), deal(images, seed)["training"]
    draws = generator(seed, "experts-moe/training")
    styled = [STYLES[style](data.inputs[rows], draws) for style in images["styles"]]
    return torch.cat(styled), data.labels[rows].repeat(len(styled))


def one_style_each(digits: Tensor, styles: list[str], draws: Generator) -> Tensor:
    """Each digit in a style drawn evenly, the same shape."""
    chosen = torch.randint(len(styles), (len(digits),), generator=draws)
    styled = digits.clone()
    for number, style in enumerate(styles):
        mine = chosen == number
        styled[mine] = STYLES[style](digits[mine], draws)
    return styled


def _read(images: Mapping[str, Any], seed: int, split: str) -> tuple[Tensor, Tensor]:
    """A split's images as bytes, and their labels."""
    data, rows = load(images["source"]), deal(images, seed)[split]
    draws = generator(seed, f"experts-moe/{split}")
    styled = one_style_each(data.inputs[rows], images["styles"], draws)
    return (styled * 255).round().to(torch.uint8), data.labels[rows]


def build_examples(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Calibration and validation images as they come: `{split}/images` and `{split}/labels`."""
    tensors: dict[str, Tensor] = {}
    for split in ("calibration", "validation"):
        pixels, labels = _read(arguments["images"], arguments["seed"], split)
        tensors |= {f"{split}/images": pixels, f"{split}/labels": labels}
    return Output(tensors)


def build_test_inputs(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """The test images, as `images`."""
    return Output({"images": _read(arguments["images"], arguments["seed"], "test")[0]})


def build_answers(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """The test images' digits, as `labels`; for scoring only."""
    return Output({"labels": _read(arguments["images"], arguments["seed"], "test")[1]})
