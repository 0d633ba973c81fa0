"""suites.hypernet.continual.drawing: labels, pixels, streams, and what a course holds."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from bench.contract.job import Output
from bench.contract.metric import Entry
from suites.hypernet.continual.drawing import draw
from suites.hypernet.course import decode, encode
from suites.hypernet.definition import SUITE
from suites.hypernet.examples import split_evenly
from suites.hypernet.layers import Plain
from suites.hypernet.objective import Objective, batch_loss, holding, keep
from suites.hypernet.scoring import scores_of
from suites.hypernet.training import GridPoint

SETTINGS: dict[str, Any] = SUITE.task("continual").settings["smoke"]


def test_a_task_has_every_images_pixels_in_one_order_in_training_and_test() -> None:
    [part], images = draw(SETTINGS, 0), split_evenly(SETTINGS["images"], 0)
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
    assert not torch.equal(first["0/test/inputs"], other["0/test/inputs"])


def test_a_course_holds_no_label_of_the_test() -> None:
    course, answers = encode(draw(SETTINGS, 0))
    assert sorted(answers.tensors) == ["0/labels"]
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
    [part] = draw(SETTINGS, 0)
    assert part.test.labels is not None
    assert part.test.inputs.shape[1] == 60
    # Right of 60 questions on task j (column) after stage i (row).
    right = [[60, 0, 0, 0, 0], [45, 60, 30, 0, 0], [30, 60, 45, 0, 0], [30, 30, 30, 60, 0]]
    right += [[15, 45, 45, 30, 60]]
    output = Output(
        {"0/test": answered(right, part.test.labels, part.target.widths[-1])},
        {"parts": [{"points": [{"validation": 0.1, "training": 0.1}]}]},
    )
    found = scores_of([part], output, [GridPoint("adam", 1e-3)], SETTINGS).metrics
    for i in range(5):
        for j in range(i + 1):
            assert found[f"after_{i + 1}_on_{j + 1}"] == pytest.approx(right[i][j] / 60)
    assert "after_2_on_3" not in found  # not yet trained
    declared = {m.name for m in SUITE.task("continual").metrics if isinstance(m, Entry)}
    assert {name for name in found if name.startswith("after_")} < declared  # of ten tasks
    # (15 + 45 + 45 + 30 + 60) / 300 = .65
    assert found["quality"] == pytest.approx(195 / 300)
    # ((15 - 60) + (45 - 60) + (45 - 45) + (30 - 60)) / 4 = -22.5 of 60
    assert found["backward_transfer"] == pytest.approx(-22.5 / 60)
    # best before the end 60, 60, 45, 60, less 15, 45, 45, 30: 90 / 4 = 22.5 of 60
    assert found["forgetting"] == pytest.approx(22.5 / 60)


def test_earlier_tasks_are_held_by_how_far_what_is_generated_for_them_moves() -> None:
    [part] = draw(SETTINGS, 0)
    network = Plain(part.target, 5, part.hidden)
    kept = keep(network, part, 1)
    assert torch.equal(kept["conditions"], torch.eye(5)[:2])
    assert kept["theta"].shape == (2, part.target.weights)
    assert float(holding(network, part.target, kept)) == 0
    with torch.no_grad():
        network.head.bias += 0.5  # moves each of the target's numbers by a half
    found = float(holding(network, part.target, kept))
    assert found == pytest.approx(0.25 * part.target.weights, rel=1e-4)


def test_the_loss_of_a_later_task_holds_earlier_ones_and_that_of_the_first_none() -> None:
    [part] = draw(SETTINGS, 0)
    network = Plain(part.target, 5, part.hidden)
    kept = {f"memory/{name}": tensor for name, tensor in keep(network, part, 0).items()}
    with torch.no_grad():
        network.head.bias += 0.1
    stage, fields = part.stages[1], ("conditions", "progress", *kept)
    batch = (stage.inputs(0).flatten(0, 1), stage.labels[0].flatten(), stage.conditions[0])
    batch = (*batch, torch.tensor(0.0), *kept.values())
    plain, held = (
        float(batch_loss(network, Objective(part.target, 1, fields, beta), *batch))
        for beta in (0.0, 0.01)
    )
    assert held - plain == pytest.approx(0.01 * 0.01 * part.target.weights, rel=1e-3)
    first = Objective(part.target, 0, fields, 0.01)
    assert float(batch_loss(network, first, *batch)) == pytest.approx(plain)
