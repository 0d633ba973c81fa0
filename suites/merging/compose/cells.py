"""The images of a compositional grid, cell by cell.

Here: drawing the examples of each split in a task's styles, from a source of ink (procedural
glyphs, or a data set of bright things on black: digits, clothes). Splits never share an instance,
nor do two styles of a split.
Images are stored as bytes, shape (cells, examples, height, width), beside labels (cells, examples);
`read` gives them back as float32 in [0, 1]. Not here: which cells there are
(suites.merging.compose.layout), training on them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from bench.contract.job import Output
from suites.common.draws import generator
from suites.common.glyphs import draw_classes, render
from suites.common.sources import load
from suites.merging.compose.layout import Layout, layout
from suites.merging.compose.styles import restyle

Images = Mapping[str, Any]
"""The `images` part of a task's settings."""

SPLITS = ("training", "calibration", "validation", "test")
"""The splits, in the order in which a data set's examples are dealt to them."""


@dataclass(frozen=True)
class Wanted:
    """Which ink is asked for.

    Attributes:
        split: one of SPLITS, or `pretraining`.
        style: the name of the style that it is for; no instance serves two styles, but for
            pretraining, which takes the training instances of all.
        classes: numbers of the task's classes.
        each: instances of each class.
    """

    split: str
    style: str
    classes: Sequence[int]
    each: int


def glyphs(images: Images, seed: int, wanted: Wanted) -> Tensor:
    """Instances of procedural glyphs, shape (classes, each, size, size), ink."""
    shapes = draw_classes(layout(images).outputs, generator(seed, "glyphs/classes"))
    purpose = f"glyphs/{wanted.split}/{wanted.style}"
    drawn = [
        render(
            shapes[c].expand(wanted.each, *shapes.shape[1:]),
            images["size"],
            generator(seed, f"{purpose}/{c}"),
        )
        for c in wanted.classes
    ]
    return torch.stack(drawn)


def real(images: Images, seed: int, wanted: Wanted) -> Tensor:
    """Examples of a data set of grey images, shape (classes, each, size, size), ink.

    The seed deals each class's examples to splits, and within a split to the styles that its group
    has there. What pretraining asks beyond the training examples repeats. A setting `size` below
    the data set's own cuts the border off.

    Raises:
        ValueError: a class hasn't so many examples.
    """
    data, grid = load(images["source"]), layout(images)
    drawn = []
    for c in wanted.classes:
        rows = (data.labels == c).nonzero()[:, 0]
        dealt = rows[torch.randperm(len(rows), generator=generator(seed, f"digits/{c}"))]
        begin, end = _share(images, grid, c, wanted)
        if end > len(dealt):
            raise ValueError(
                f"{images['source']} has {len(dealt)} examples of class {c}, fewer than the {end} "
                "that the task asks for"
            )
        mine = dealt[begin:end]
        ink = data.inputs[mine[torch.arange(wanted.each) % len(mine)]]
        border = (ink.shape[-1] - images["size"]) // 2
        drawn.append(ink[:, border : border + images["size"], border : border + images["size"]])
    return torch.stack(drawn)


def _share(images: Images, grid: Layout, label: int, wanted: Wanted) -> tuple[int, int]:
    """The first of a class's examples that are for one split and style, and the one after them."""
    group = next(g for g, classes in enumerate(grid.classes) if label in classes)
    begin = 0
    for split in SPLITS:
        cells = grid.cells if split == "test" else grid.held_in
        styles = [grid.styles[style] for other, style in cells if other == group]
        if wanted.split == "pretraining":
            return 0, images["training"] * len(styles)
        if split == wanted.split:
            begin += images[split] * styles.index(wanted.style)
            return begin, begin + images[split]
        begin += images[split] * len(styles)
    raise ValueError(f"there is no split {wanted.split!r}; there are {', '.join(SPLITS)}")


def ink_of(images: Images) -> Callable[[Images, int, Wanted], Tensor]:
    """Where ink comes from: the setting `source` names a data set, or is `glyphs`."""
    return glyphs if images["source"] == "glyphs" else real


def draw_cells(
    images: Images, seed: int, split: str, cells: Sequence[tuple[int, int]]
) -> tuple[Tensor, Tensor]:
    """The examples of a split in full style, each cell's in an order of its own.

    Args:
        images: settings.
        seed: of the task.
        split: one of SPLITS.
        cells: (group, style) pairs.
    Returns:
        Images, bytes of shape (cells, examples, size, size); labels, int64 (cells, examples).
    """
    grid, each = layout(images), images[split]
    source = ink_of(images)
    found, labels = [], []
    for group, style in cells:
        classes = grid.classes[group]
        name = grid.styles[style]
        purpose = f"{split}/{group}/{name}"
        ink = source(images, seed, Wanted(split, name, classes, each)).flatten(0, 1)
        styled = restyle(ink, name, 1.0, generator(seed, f"style/{purpose}"))
        order = torch.randperm(len(styled), generator=generator(seed, f"order/{purpose}"))
        found.append(_bytes(styled[order]))
        labels.append(torch.tensor(classes).repeat_interleave(each)[order])
    return torch.stack(found), torch.stack(labels)


def draw_pretraining(
    images: Images, seed: int, styles: Sequence[str], strength: float, each: int
) -> tuple[Tensor, Tensor]:
    """Examples of every class in every style, each blended with ink.

    Args:
        styles: names; more than the grid's are fine.
        strength: share of the style in the blend.
        each: examples of a class and style.
    Returns:
        Images, bytes of shape (examples, size, size); labels, int64 (examples,).
    """
    grid, source = layout(images), ink_of(images)
    classes = range(grid.outputs)
    found = []
    for style in styles:
        ink = source(images, seed, Wanted("pretraining", style, classes, each)).flatten(0, 1)
        styled = restyle(ink, style, strength, generator(seed, f"style/pretraining/{style}"))
        found.append(_bytes(styled))
    labels = torch.arange(grid.outputs).repeat_interleave(each).repeat(len(styles))
    return torch.cat(found), labels


def _bytes(images: Tensor) -> Tensor:
    return (images * 255).round().to(torch.uint8)


def grid_of(asset: Output) -> Layout:
    """The grid that an asset's images are of."""
    return layout(asset.data["images"])


def build_examples(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Training, calibration and validation examples of the held-in cells, in the experts' order."""
    images, seed = arguments["images"], arguments["seed"]
    tensors: dict[str, Tensor] = {}
    for split in ("training", "calibration", "validation"):
        found, labels = draw_cells(images, seed, split, layout(images).held_in)
        tensors |= {f"{split}/images": found, f"{split}/labels": labels}
    return Output(tensors, {"images": dict(images)})


def build_test_inputs(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Test images of every cell, in the order of `Layout.cells`, as `images`."""
    images = arguments["images"]
    found, _ = draw_cells(images, arguments["seed"], "test", layout(images).cells)
    return Output({"images": found}, {"images": dict(images)})


def build_answers(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """The test images' classes, in the same order, as `labels`; for scoring only."""
    images = arguments["images"]
    _, labels = draw_cells(images, arguments["seed"], "test", layout(images).cells)
    return Output({"labels": labels}, {"images": dict(images)})
