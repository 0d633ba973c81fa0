"""The images of `rebasin`: handwritten digits, dealt to splits.

Here: dealing them, and the assets that hold them, in the form that suites.merging.stored reads:
`training`, which all networks share; `calibration` and `validation` for each expert of a pair; the
test images. No image is in two splits, and none in two pools of one kind; classes are even.
Not here: which images an expert that knows half of the digits is trained on
(suites.merging.rebasin.training), the grid of a pair (suites.merging.rebasin.pairs).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from bench.contract.job import Output
from suites.common.draws import generator
from suites.common.sources import load

CLASSES, HALF, EXPERTS = 10, 5, 2
"""Digits, where their upper half begins, and networks of a pair."""


def deal(images: Mapping[str, Any], seed: int) -> dict[str, Tensor]:
    """Row numbers of each split, int64 (examples,), in random order.

    Args:
        images: settings: `source`, and how many examples each split has: `training` and `test` in
            all, `calibration` and `validation` for each expert and group of classes.
        seed: of the task.
    Returns:
        `training`, `test`, and `calibration` and `validation`, each of all pools one after the
        other.
    Raises:
        ValueError: the source has too few images of a class, or a split's number can't be even.
    """
    labels = load(images["source"]).labels
    counts = {
        "training": images["training"],
        "calibration": EXPERTS * images["calibration"],
        "validation": EXPERTS * images["validation"],
        "test": images["test"],
    }
    parts: dict[str, list[Tensor]] = {split: [] for split in counts}
    for c in range(CLASSES):
        rows = (labels == c).nonzero()[:, 0]
        rows = rows[torch.randperm(len(rows), generator=generator(seed, f"rebasin/{c}"))]
        begin = 0
        for split, count in counts.items():
            mine = count // CLASSES + (c < count % CLASSES)
            parts[split].append(rows[begin : begin + mine])
            begin += mine
        if begin > len(rows):
            raise ValueError(
                f"{images['source']} has {len(rows)} images of class {c}, too few for the "
                f"{begin} that the task's settings ask for. Ask for fewer."
            )
    found = {}
    for split, rows_of in parts.items():
        together = torch.cat(rows_of)
        draws = generator(seed, f"rebasin/{split}")
        found[split] = together[torch.randperm(len(together), generator=draws)]
    return found


def rows_of(labels: Tensor, classes: Tensor) -> Tensor:
    """Numbers of the examples that have one of the classes, in order."""
    return torch.isin(labels, classes).nonzero()[:, 0]


def test_rows(inputs: Output, group: Sequence[int]) -> Tensor:
    """Numbers of the test images of a group of digits: all, or one half.

    Args:
        inputs: the asset `test_inputs`, in which the lower half's images come first.
        group: all digits, the lower half or the upper half.
    Raises:
        ValueError: it is none of these.
    """
    count, lower = len(inputs.tensors["images"]), inputs.data["lower"]
    spans = {(0, CLASSES): (0, count), (0, HALF): (0, lower), (HALF, CLASSES): (lower, count)}
    if (group[0], group[-1] + 1) not in spans:
        raise ValueError(
            f"no group of digits {list(group)}: take all, or those below {HALF} or not"
        )
    return torch.arange(*spans[group[0], group[-1] + 1])


def _test(arguments: Mapping[str, Any]) -> tuple[Tensor, Tensor]:
    """Test images and their digits, those of the lower half first."""
    images = arguments["images"]
    rows = deal(images, arguments["seed"])["test"]
    upper = load(images["source"]).labels[rows] >= HALF
    return _read(images, rows[upper.long().argsort(stable=True)])


def _read(images: Mapping[str, Any], rows: Tensor) -> tuple[Tensor, Tensor]:
    """Those images as bytes, (examples, height, width), and their labels."""
    data = load(images["source"])
    return (data.inputs[rows] * 255).round().to(torch.uint8), data.labels[rows]


def build_examples(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Training, calibration and validation images: `{split}/images` and `{split}/labels`."""
    images = arguments["images"]
    dealt = deal(images, arguments["seed"])
    tensors: dict[str, Tensor] = {}
    for split in ("training", "calibration", "validation"):
        pixels, labels = _read(images, dealt[split])
        tensors |= {f"{split}/images": pixels, f"{split}/labels": labels}
    return Output(tensors, {"images": dict(images)})


def build_test_inputs(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """The test images, as `images`; data: `lower`, how many are of the lower half of the digits."""
    pixels, labels = _test(arguments)
    return Output({"images": pixels}, {"lower": int((labels < HALF).sum())})


def build_answers(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """The test images' digits, as `labels`; for scoring only."""
    return Output({"labels": _test(arguments)[1]})
