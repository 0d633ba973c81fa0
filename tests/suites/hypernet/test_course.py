"""suites.hypernet.course and rotation: what is drawn, and how it is stored."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from suites.hypernet.building import DRAW, build_answers, build_course
from suites.hypernet.course import decode, encode, rotate
from suites.hypernet.definition import assets
from suites.hypernet.examples import split
from suites.hypernet.tasks import TASKS

NAMES = [task.name for task in TASKS]


def arguments(name: str, seed: int = 0) -> dict[str, Any]:
    task = next(task for task in TASKS if task.name == name)
    found: Any = assets(task, "smoke", seed)[0].arguments
    return dict(found)


@pytest.mark.parametrize("name", NAMES)
def test_a_course_comes_back_from_its_assets(name: str) -> None:
    drawn = DRAW[name](arguments(name)["settings"], 0)
    for part, again in zip(drawn, decode(*encode(drawn)), strict=True):
        assert (part.target, part.conditions, part.cap) == (
            again.target,
            again.conditions,
            again.cap,
        )
        assert (part.support, part.sizes, part.hidden) == (again.support, again.sizes, again.hidden)
        for stage, other in zip(part.stages, again.stages, strict=True):
            assert torch.equal(stage.inputs(1), other.inputs(1))
            assert torch.equal(stage.labels, other.labels)
        assert torch.equal(part.test.inputs, again.test.inputs)
        assert part.test.labels is not None
        assert again.test.labels is not None
        assert torch.equal(part.test.labels, again.test.labels)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_method_is_given_holds_no_label_of_the_test(name: str) -> None:
    course = build_course(arguments(name), {})
    assert all(part.test.labels is None for part in decode(course))
    assert not [n for n in course.tensors if "test/labels" in n]
    assert all(n.endswith("/labels") for n in build_answers(arguments(name), {}).tensors)


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_draws_the_same_twice_and_another_something_else(name: str) -> None:
    first, again = (build_course(arguments(name), {}).tensors for _ in range(2))
    other = build_course(arguments(name, seed=1), {}).tensors
    assert all(torch.equal(first[n], again[n]) for n in first)
    assert not torch.equal(first["0/stage0/rows"], other["0/stage0/rows"])


@pytest.mark.parametrize("name", NAMES)
def test_conditions_lie_in_the_range_that_is_stated(name: str) -> None:
    for part in DRAW[name](arguments(name)["settings"], 0):
        low, high = part.conditions.low, part.conditions.high
        for conditions in (*(s.conditions for s in part.stages), part.test.conditions):
            assert conditions.shape[-1] == part.conditions.size
            assert bool(((conditions >= low) & (conditions <= high)).all())


def test_no_image_is_in_two_parts_of_a_split() -> None:
    images = split({"source": "digits", "training": 1197, "validation": 300, "test": 300}, 3)
    rows = torch.cat([images.training.inputs, images.validation.inputs, images.test.inputs])
    # the source itself holds no image twice, so neither may the three parts together
    assert len(rows.unique(dim=0)) == 1797


def test_a_source_that_is_too_small_is_named() -> None:
    with pytest.raises(ValueError, match="digits has 1797 examples, fewer than the 2000"):
        split({"source": "digits", "training": 1900, "validation": 50, "test": 50}, 0)


def test_turning_by_nothing_half_and_all_the_way() -> None:
    images = torch.rand(2, 3, 64, generator=torch.Generator().manual_seed(0))
    same = rotate(images, torch.zeros(2, 1))
    torch.testing.assert_close(same, images)
    around = rotate(images, torch.ones(2, 1))
    torch.testing.assert_close(around, images.flip(-1), atol=1e-5, rtol=0)
    quarter = rotate(images, torch.full((2, 1), 0.5)).view(2, 3, 8, 8)
    square = images.view(2, 3, 8, 8)
    turned = [torch.rot90(square, k, (-2, -1)) for k in (1, -1)]
    assert any(torch.allclose(quarter, one, atol=1e-5) for one in turned)


def test_rotations_questions_are_evenly_spaced_angles() -> None:
    part = DRAW["rotation"](arguments("rotation")["settings"], 0)[0]
    assert part.test.names == ("0 degrees", "90 degrees", "180 degrees")
    assert part.test.conditions[:, 0].tolist() == [0.0, 0.5, 1.0]
    assert part.cap == sum([(1 + 1) * 8, (8 + 1) * 16, (16 + 1) * part.target.weights])
    assert math.isclose(float(part.stages[0].conditions.max()), 1, abs_tol=0.1)
