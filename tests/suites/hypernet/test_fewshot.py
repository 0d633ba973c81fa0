"""The task fewshot: episodes, and what they must not share."""

from __future__ import annotations

import pytest
import torch

from suites.hypernet import course
from suites.hypernet.direct import train_directly
from suites.hypernet.examples import Split
from suites.hypernet.fewshot import drawing as fewshot
from suites.hypernet.fewshot.settings import SETTINGS

SMOKE = SETTINGS["smoke"]


def rows_of(images: torch.Tensor) -> set[bytes]:
    return {row.numpy().tobytes() for row in images.reshape(-1, 64).contiguous()}


def shown(conditions: torch.Tensor) -> torch.Tensor:
    return conditions.reshape(-1, 64)


def test_no_image_is_in_training_and_in_the_test_or_its_lessons() -> None:
    part = fewshot.draw(SMOKE, 0)[0]
    training = rows_of(part.stages[0].pool)
    validation = rows_of(part.validation.inputs) | rows_of(shown(part.validation.conditions))
    test = rows_of(part.test.inputs) | rows_of(shown(part.test.conditions))
    lessons = set().union(*(rows_of(lesson.pool) for lesson in part.lessons))
    pools = (training, validation, test, lessons)
    assert all(not a & b for i, a in enumerate(pools) for b in pools[i + 1 :])


def test_queries_are_no_part_of_their_support_set() -> None:
    part = fewshot.draw(SMOKE, 0)[0]
    for condition, inputs in zip(part.test.conditions, part.test.inputs, strict=True):
        assert not rows_of(shown(condition)) & rows_of(inputs)


def test_an_episode_holds_its_classes_in_the_order_of_its_labels() -> None:
    labels = torch.arange(4).repeat_interleave(10)
    images = Split(torch.arange(40.0)[:, None], labels)
    one = fewshot.episode(images, [1, 2, 3], 3, 2, 4, torch.Generator().manual_seed(0))
    assert sorted(one.classes) == [1, 2, 3]
    assert torch.equal(labels[one.support], torch.tensor(one.classes)[:, None].expand(3, 2))
    assert torch.equal(labels[one.queries], torch.tensor(one.classes)[one.labels])
    assert one.labels.bincount().tolist() == [4, 4, 4]
    assert one.labels.tolist() != sorted(one.labels.tolist())


def test_one_shot_stands_as_often_as_there_are_shots() -> None:
    part = fewshot.draw(SMOKE, 0)[0]
    for group, condition in zip(part.test.groups, part.test.conditions, strict=True):
        kinds = condition.view(3, 5, 64)
        assert torch.equal(kinds, kinds[:, :1].expand(-1, 5, -1)) == (group == "1")


def test_a_class_with_too_few_images_is_named() -> None:
    images = Split(torch.zeros(6, 4), torch.tensor([0, 0, 0, 1, 1, 1]))
    with pytest.raises(ValueError, match=r"class \d has 3 images, fewer than the 2 shots and 2"):
        fewshot.episode(images, [0, 1], 2, 2, 2, torch.Generator())


def test_the_ceiling_learns_from_lessons_what_no_support_set_tells() -> None:
    parts = course.decode(*course.encode(fewshot.draw({**SMOKE, "steps": 300}, 0)))
    labels = parts[0].test.labels
    assert labels is not None
    found = train_directly(parts[0], 0).argmax(-1) == labels
    assert float(found.float().mean()) > 0.8
