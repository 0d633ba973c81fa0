"""The images of the eight data sets, split by split.

Here: drawing them, and the assets that hold them. Every image is grey and of one side. No instance
is in two splits; the characters of calibration are in training's faces, those of validation and
test in others. Classes are as even as the numbers allow. Images are stored as bytes, shape
(sets, examples, side, side), beside labels (sets, examples), which are numbers of the head's
outputs; suites.merging.compose.cells.read gives them back as floats. Not here: which sets there are
(suites.merging.eight.sets), drawing glyphs (suites.common.glyphs) and characters
(suites.merging.eight.fonts).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from bench.contract.job import Output
from suites.common.draws import generator
from suites.common.glyphs import draw_classes, render
from suites.common.sources import load
from suites.merging.eight.fonts import deal_faces, draw_characters
from suites.merging.eight.placing import place
from suites.merging.eight.sets import CHARACTERS, CLASSES, Images, classes_of

SPLITS = ("training", "calibration", "validation", "test")
"""In the order in which a data set's examples are dealt to them."""

SIDE, POINTS = 64, 36
"""Of the ink of characters and glyphs: its side in pixels, and at how many points each stroke of a
glyph is drawn, enough for that side."""


def draw_split(images: Images, seed: int, split: str) -> tuple[Tensor, Tensor]:
    """Every set's examples of a split, each set's in an order of its own.

    Args:
        images: settings.
        seed: of the task.
        split: one of SPLITS.
    Returns:
        Images, bytes of shape (sets, examples, side, side); labels, int64 (sets, examples).
    """
    found, labels = [], []
    for name, classes in classes_of(images).items():
        own = deal_labels(name, images, seed, split)
        drawn = draw_set(name, images, seed, split, own)
        found.append((drawn * 255).round().to(torch.uint8))
        labels.append(own + classes.start)
    return torch.stack(found), torch.stack(labels)


def deal_labels(name: str, images: Images, seed: int, split: str) -> Tensor:
    """The classes of a set's examples, counted from 0 within the set, int64 (examples,).

    No class has two more than another; which have one more, and the order, are random.
    """
    draws = generator(seed, f"eight/{name}/{split}/labels")
    classes = torch.randperm(CLASSES[name], generator=draws)
    labels = classes[torch.arange(images[split]) % len(classes)]
    return labels[torch.randperm(len(labels), generator=draws)]


def draw_set(name: str, images: Images, seed: int, split: str, labels: Tensor) -> Tensor:
    """One example of a set for each label, shape (examples, side, side) in [0, 1]."""
    ink = draw_ink(name, images, seed, split, labels)
    placing = generator(seed, f"eight/{name}/{split}/placing")
    return place(ink, images["size"], images["placing"], placing)


def draw_ink(name: str, images: Images, seed: int, split: str, labels: Tensor) -> Tensor:
    """The ink of a set's examples, one for each label, (examples, height, width) in [0, 1]."""
    draws = generator(seed, f"eight/{name}/{split}")
    if name in CHARACTERS:
        seen, unseen = deal_faces(generator(seed, f"eight/{name}/faces"))
        faces = seen if split in ("training", "calibration") else unseen
        characters = [CHARACTERS[name][label] for label in labels.tolist()]
        return draw_characters(characters, faces, SIDE, draws)
    if name == "glyphs":
        shapes = draw_classes(CLASSES[name], generator(seed, "eight/glyphs/classes"))
        # Rendering takes memory by the square of the side: some images at a time.
        return torch.cat(
            [render(shapes[some], SIDE, draws, points=POINTS) for some in labels.split(20)]
        )
    return _real(name, images, seed, split, labels)


def _real(name: str, images: Images, seed: int, split: str, labels: Tensor) -> Tensor:
    """Examples of an embedded data set, at its own size.

    The seed deals each class's examples to the splits, one after the other.
    """
    data = load(name)
    ink = torch.empty(len(labels), *data.inputs.shape[1:])
    before = SPLITS[: SPLITS.index(split)]
    begin = sum(-(-images[other] // CLASSES[name]) for other in before)
    for c in range(CLASSES[name]):
        rows = (data.labels == c).nonzero()[:, 0]
        dealt = rows[torch.randperm(len(rows), generator=generator(seed, f"eight/{name}/{c}"))]
        where = labels == c
        mine = dealt[begin : begin + int(where.sum())]
        if len(mine) < int(where.sum()):
            raise ValueError(
                f"{name} has {len(rows)} examples of class {c}, too few for the splits that the "
                "task's settings ask for. Ask for fewer."
            )
        ink[where] = data.inputs[mine]
    return ink


def build_examples(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Training, calibration and validation examples of every set."""
    images, seed = arguments["images"], arguments["seed"]
    tensors: dict[str, Tensor] = {}
    for split in SPLITS[:-1]:
        found, labels = draw_split(images, seed, split)
        tensors |= {f"{split}/images": found, f"{split}/labels": labels}
    return Output(tensors, {"images": dict(images)})


def build_test_inputs(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Every set's test images, as `images`."""
    found, _labels = draw_split(arguments["images"], arguments["seed"], "test")
    return Output({"images": found}, {"images": dict(arguments["images"])})


def build_answers(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """The test images' classes, as `labels`; for scoring only."""
    images, seed = arguments["images"], arguments["seed"]
    names = classes_of(images)
    labels = [deal_labels(n, images, seed, "test") + c.start for n, c in names.items()]
    return Output({"labels": torch.stack(labels)}, {"images": dict(images)})
