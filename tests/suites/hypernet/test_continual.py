"""suites.hypernet.continual.drawing: labels, pixels, streams, and what a course holds."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from bench.contract.job import Output
from bench.contract.metric import Entry
from suites.common.sources import load
from suites.hypernet.continual.drawing import draw
from suites.hypernet.course import decode, encode
from suites.hypernet.definition import SUITE
from suites.hypernet.examples import split_evenly
from suites.hypernet.scoring import scores_of
from suites.hypernet.training import GridPoint

SETTINGS: dict[str, Any] = SUITE.task("continual").settings["smoke"]


def digit_of() -> dict[bytes, int]:
    """Every image of the source as bytes, and the digit it shows; no image is there twice."""
    source = load("digits")
    return {
        image.numpy().tobytes(): int(label)
        for image, label in zip(source.inputs.flatten(1), source.labels, strict=True)
    }


def test_a_task_of_split_has_its_two_digits_labelled_0_and_1() -> None:
    known = digit_of()
    part = draw(SETTINGS, 0)[0]
    assert part.name == "split"
    assert part.target.widths[-1] == 2
    for task, stage in enumerate(part.stages):
        for rows, labels in zip(stage.rows.flatten(1), stage.labels.flatten(1), strict=True):
            digits = [known[stage.pool[row].numpy().tobytes()] for row in rows]
            assert digits == [2 * task + int(label) for label in labels]
        for asked in (part.validation, part.test):
            assert asked.labels is not None
            digits = [known[image.numpy().tobytes()] for image in asked.inputs[task]]
            assert digits == [2 * task + int(label) for label in asked.labels[task]]
            assert set(digits) == {2 * task, 2 * task + 1}


def test_a_task_of_permuted_has_every_images_pixels_in_one_order_in_training_and_test() -> None:
    part, images = draw(SETTINGS, 0)[1], split_evenly(SETTINGS["images"], 0)
    assert part.name == "permuted"
    orders = []
    for task, stage in enumerate(part.stages):
        # One pixel of all images is told apart from the others by its values in 400 images.
        plain = {column.numpy().tobytes(): i for i, column in enumerate(images.training.inputs.T)}
        order = [plain[column.contiguous().numpy().tobytes()] for column in stage.pool.T]
        blank = (images.training.inputs == images.training.inputs[0]).all(0)
        where = [i for i, pixel in enumerate(order) if not blank[pixel]]
        pixels = [order[i] for i in where]
        assert len(set(pixels)) == len(pixels) > 50
        for asked, kept in ((part.validation, images.validation), (part.test, images.test)):
            assert torch.equal(asked.inputs[task][:, where], kept.inputs[:, pixels])
            assert torch.equal(asked.inputs[task].sort(1)[0], kept.inputs.sort(1)[0])
            assert torch.equal(asked.labels[task], kept.labels)
        assert torch.equal(stage.labels[:, 0], images.training.labels[stage.rows[:, 0]])
        orders.append(tuple(order))
    assert len(set(orders)) == 5


def test_a_condition_is_the_tasks_number_as_a_one_hot_vector() -> None:
    for part in draw(SETTINGS, 0):
        for task, stage in enumerate(part.stages):
            assert (stage.conditions == torch.eye(5)[task]).all()
        for asked in (part.validation, part.test):
            assert torch.equal(asked.conditions, torch.eye(5))
            assert asked.names == ("task 1", "task 2", "task 3", "task 4", "task 5")


def test_no_image_is_in_two_of_training_validation_and_test_and_classes_are_even() -> None:
    images = split_evenly(SETTINGS["images"], 3)
    parts = (images.training, images.validation, images.test)
    seen = [image.numpy().tobytes() for part in parts for image in part.inputs]
    assert len(set(seen)) == len(seen) == 520
    assert [part.labels.bincount().tolist() for part in parts] == [[40] * 10, [6] * 10, [6] * 10]


def test_an_even_split_says_which_class_has_too_few_examples() -> None:
    settings = {"source": "digits", "training": 1600, "validation": 100, "test": 100}
    with pytest.raises(ValueError, match="digits has 178 examples of class 0, fewer than the 180"):
        split_evenly(settings, 0)
    with pytest.raises(ValueError, match="can't be shared out among 10 classes"):
        split_evenly({**settings, "test": 101}, 0)


def test_a_seed_draws_the_same_course_twice_and_another_seed_another() -> None:
    first, second, other = (encode(draw(SETTINGS, seed))[0].tensors for seed in (0, 0, 1))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["0/stage0/rows"], other["0/stage0/rows"])
    assert not torch.equal(first["1/test/inputs"], other["1/test/inputs"])


def test_a_course_holds_no_label_of_the_test() -> None:
    course, answers = encode(draw(SETTINGS, 0))
    assert sorted(answers.tensors) == ["0/labels", "1/labels"]
    assert not [name for name in course.tensors if name.endswith("test/labels")]
    assert all(part.test.labels is None for part in decode(course))
    assert all(part.test.labels is not None for part in decode(course, answers))


def answered(matrix: list[list[int]], labels: torch.Tensor, classes: int) -> torch.Tensor:
    """Logits that are right for so many of each task's questions, after each stage."""
    logits = torch.zeros(1, len(matrix), *labels.shape, classes)
    for stage, row in enumerate(matrix):
        for task, right in enumerate(row):
            for i, label in enumerate(labels[task].tolist()):
                said = label if i < right else (label + 1) % classes
                logits[0, stage, task, i, said] = 1.0
    return logits


def test_accuracy_matrix_backward_transfer_and_forgetting_by_hand() -> None:
    parts = draw(SETTINGS, 0)
    split, permuted = parts
    assert split.test.inputs.shape[1] == 12
    assert permuted.test.inputs.shape[1] == 60
    # Right of 12 questions on task j (column) after stage i (row).
    first = [[12, 0, 0, 0, 0], [9, 12, 6, 0, 0], [6, 12, 9, 0, 0], [6, 6, 6, 12, 0]]
    first += [[3, 9, 9, 6, 12]]
    # Of 60: all is learnt, nothing forgotten.
    second = [[60 if j <= i else 0 for j in range(5)] for i in range(5)]
    output = Output(
        {
            f"{i}/test": answered(matrix, part.test.labels, part.target.widths[-1])
            for i, (matrix, part) in enumerate(zip((first, second), parts, strict=True))
        },
        {"parts": [{"points": [{"validation": 0.1, "training": 0.1}]} for _ in parts]},
    )
    found = scores_of(parts, output, [GridPoint("adam", 1e-3)], SETTINGS).metrics
    for i in range(5):
        for j in range(i + 1):
            assert found[f"split_after_{i + 1}_on_{j + 1}"] == pytest.approx(first[i][j] / 12)
            assert found[f"permuted_after_{i + 1}_on_{j + 1}"] == 1.0
    assert "split_after_2_on_3" not in found  # not yet trained
    declared = {m.name for m in SUITE.task("continual").metrics if isinstance(m, Entry)}
    assert {name for name in found if "_after_" in name} == declared
    # split: (3 + 9 + 9 + 6 + 12) / 60 = .65; permuted: 1
    assert found["quality"] == pytest.approx((39 / 60 + 1) / 2)
    # split: ((3 - 12) + (9 - 12) + (9 - 9) + (6 - 12)) / 4 = -4.5 of 12; permuted: 0
    assert found["backward_transfer"] == pytest.approx(-4.5 / 12 / 2)
    # split: best before the end 12, 12, 9, 12, less 3, 9, 9, 6: 18 / 4 = 4.5 of 12; permuted: 0
    assert found["forgetting"] == pytest.approx(4.5 / 12 / 2)
