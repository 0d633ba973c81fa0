"""The images of the task `soup`: one distribution to fine-tune on, shifted ones to be tested on.

Here: the assets that hold them. All experts are fine-tuned on the same training images; of
calibration and validation each has images of its own, so that what a method asks of several experts
is several experts' worth. Images are bytes. The grid that draws them has one group, all classes,
whose first style is the one that is held in. Not here: drawing them (suites.merging.compose.cells),
which styles there are (suites.merging.soup.settings).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from bench.contract.job import Output
from suites.merging.compose.cells import Images, draw_cells
from suites.merging.compose.layout import layout

SHARED_OUT = ("calibration", "validation")
"""The splits of which each expert has images of its own."""


def draw_own(images: Images, seed: int, split: str) -> tuple[Tensor, Tensor]:
    """A split of the distribution that is fine-tuned on, dealt to the experts.

    Args:
        images: settings; `split` says how many images of a class all experts have together.
        seed: of the task.
        split: one of SHARED_OUT.
    Returns:
        Images, bytes of shape (experts, examples, size, size); labels, int64 (experts, examples).
    """
    pixels, labels = (found[0] for found in draw_cells(images, seed, split, [(0, 0)]))
    experts = images["experts"]
    if len(labels) % experts:
        raise ValueError(
            f"{len(labels)} {split} images can't be shared out evenly among {experts} experts"
        )
    return pixels.view(experts, -1, *pixels.shape[1:]), labels.view(experts, -1)


def draw_tests(images: Images, seed: int) -> list[tuple[Tensor, Tensor]]:
    """Each cell's test images, bytes (examples, size, size), and labels, int64 (examples,).

    The held-in cell has `test_held_in` images of a class, each shifted one `test`.
    """
    found = []
    for cell in layout(images).cells:
        each = images["test_held_in" if cell == (0, 0) else "test"]
        drawn = draw_cells({**images, "test": each}, seed, "test", [cell])
        found.append((drawn[0][0], drawn[1][0]))
    return found


def build_examples(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """`training/images`, (examples, size, size), and the other splits', one part an expert."""
    images, seed = arguments["images"], arguments["seed"]
    pixels, labels = (found[0] for found in draw_cells(images, seed, "training", [(0, 0)]))
    tensors = {"training/images": pixels, "training/labels": labels}
    for split in SHARED_OUT:
        own, own_labels = draw_own(images, seed, split)
        tensors |= {f"{split}/images": own, f"{split}/labels": own_labels}
    return Output(tensors, {"images": dict(images)})


def build_test_inputs(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Each cell's test images, as `{cell}/images`."""
    tests = draw_tests(arguments["images"], arguments["seed"])
    tensors = {f"{cell}/images": pixels for cell, (pixels, _labels) in enumerate(tests)}
    return Output(tensors, {"images": dict(arguments["images"])})


def build_answers(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """The test images' classes, as `{cell}/labels`; for scoring only."""
    tests = draw_tests(arguments["images"], arguments["seed"])
    tensors = {f"{cell}/labels": labels for cell, (_pixels, labels) in enumerate(tests)}
    return Output(tensors, {"images": dict(arguments["images"])})
