"""The images of the compositional tasks: splits, sharing, and what stays hidden."""

from __future__ import annotations

import json

import pytest
import torch

from suites.merging.compose.cells import (
    SPLITS,
    build_answers,
    build_examples,
    build_test_inputs,
    draw_cells,
    draw_pretraining,
    grid_of,
)
from suites.merging.compose.layout import layout
from suites.merging.definition import SUITE
from suites.merging.stored import read

NAMES = [
    task.name for task in SUITE.tasks if task.name.startswith("compose") or task.name == "scaling"
]


def images_of(task, tier="smoke"):
    return SUITE.task(task).settings[tier]["images"]


def rows(images):
    """Every image as bytes."""
    flat = images.reshape(-1, images.shape[-2] * images.shape[-1])
    return {bytes(row.tolist()) for row in flat}


@pytest.mark.parametrize("task", NAMES)
def test_the_assets_hold_what_the_layout_says(task):
    images = images_of(task)
    arguments = {"seed": 0, "images": images}
    examples, inputs, answers = (
        build(arguments, {}) for build in (build_examples, build_test_inputs, build_answers)
    )
    grid, side = grid_of(examples), images["size"]
    experts, cells = len(grid.held_in), len(grid.cells)
    for split in ("training", "calibration", "validation"):
        each = images["classes"] * images[split]
        assert examples.tensors[f"{split}/images"].shape == (experts, each, side, side)
        assert examples.tensors[f"{split}/labels"].shape == (experts, each)
    assert inputs.tensors["images"].shape == (cells, images["classes"] * images["test"], side, side)
    assert answers.tensors["labels"].shape == inputs.tensors["images"].shape[:2]
    assert list(inputs.tensors) == ["images"]  # no labels beside the test images
    assert set(grid.held_in).isdisjoint(grid.held_out)
    assert len(grid.held_out) + len(set(grid.held_in)) == cells


@pytest.mark.parametrize("task", NAMES)
def test_each_class_of_a_cell_has_as_many_examples(task):
    images = images_of(task)
    grid = layout(images)
    _, labels = draw_cells(images, 0, "test", grid.cells)
    for (group, _style), mine in zip(grid.cells, labels, strict=True):
        classes, counts = mine.unique(return_counts=True)
        assert classes.tolist() == list(grid.classes[group])
        assert counts.tolist() == [images["test"]] * images["classes"]


@pytest.mark.parametrize("task", NAMES)
def test_labels_dont_follow_from_the_order(task):
    images = images_of(task)
    _, labels = draw_cells(images, 0, "test", layout(images).cells)
    assert not torch.equal(labels[0], labels[0].sort().values)
    assert not torch.equal(labels[0] % images["classes"], labels[1] % images["classes"])


@pytest.mark.parametrize("task", NAMES)
def test_splits_share_no_image(task):
    images = images_of(task)
    # In ink alone, where a shared instance would show.
    plain = {**images, "styles": ["ink"] * len(images["styles"])}
    grid = layout(plain)
    held_in = list(dict.fromkeys((group, 0) for group in range(len(grid.classes))))
    found = {split: rows(draw_cells(plain, 0, split, held_in)[0]) for split in SPLITS}
    found["pretraining"] = rows(draw_pretraining(plain, 0, ["ink"], 1.0, 5)[0])
    for i, one in enumerate(found):
        for other in list(found)[i + 1 :]:
            shared = {one, other} == {"training", "pretraining"} and plain["source"] != "glyphs"
            if not shared:
                assert not found[one] & found[other], (one, other)


@pytest.mark.parametrize("task", NAMES)
def test_the_same_seed_gives_the_same_images_and_another_others(task):
    images = images_of(task)
    cells = layout(images).held_in
    first, labels = draw_cells(images, 3, "training", cells)
    again, same = draw_cells(images, 3, "training", cells)
    assert torch.equal(first, again)
    assert torch.equal(labels, same)
    assert not torch.equal(first, draw_cells(images, 4, "training", cells)[0])


@pytest.mark.parametrize("tier", ["smoke", "small"])
def test_no_two_tasks_and_no_two_seeds_share_an_asset(tier):
    seen: dict[str, str] = {}
    for task in SUITE.tasks:
        for seed in range(task.seeds[tier] if tier in task.settings else 0):
            for asset in SUITE.assets(task, tier, seed):
                made_of = json.dumps(identity(asset), sort_keys=True)
                assert made_of not in seen, f"{task.name} {seed} {asset.name} is {seen[made_of]}"
                seen[made_of] = f"{task.name} {seed} {asset.name}"
    assert seen


def identity(asset):
    """What an asset is made of, down to those that it is built from."""
    return [asset.builder, asset.arguments, [identity(each) for each in asset.inputs]]


def test_reading_gives_floats_in_the_unit_range():
    examples = build_examples({"seed": 0, "images": images_of("compose-near")}, {})
    images, labels = read(examples, "training", 1)
    assert images.dtype == torch.float32
    assert 0 <= images.min() < 0.2
    assert 0.8 < images.max() <= 1
    assert set(labels.tolist()) == {2, 3}


def test_pretraining_has_every_class_in_every_style():
    images = images_of("compose-near")
    found, labels = draw_pretraining(images, 0, ["ink", "inverse"], 0.6, 5)
    assert len(found) == 2 * 8 * 5  # styles x classes x each
    assert labels.bincount().tolist() == [10] * 8


def test_a_grid_of_two_groups_by_hand():
    grid = layout(
        {"groups": 2, "classes": 3, "styles": ["ink", "dots"], "held_in": [[0, 1], [1, 0]]}
    )
    assert grid.classes == ((0, 1, 2), (3, 4, 5))
    assert grid.cells == ((0, 0), (0, 1), (1, 0), (1, 1))
    assert grid.held_out == ((0, 0), (1, 1))
    assert grid.outputs == 6
    assert grid.experts_of(1) == (1,)


@pytest.mark.parametrize("task", NAMES)
def test_a_digits_seed_deals_digits_to_groups(task):
    """The class numbers are the head's outputs; which digit or glyph one is, the seed says."""
    images = {**images_of(task), "training": 4}
    first, _ = draw_cells(images, 0, "training", [(0, 0)])
    second, _ = draw_cells(images, 1, "training", [(0, 0)])
    assert not rows(first) & rows(second)
