"""What was made is held against its form, learnt by each evaluator, read beside random sets."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from math import nan

import numpy as np
import pytest
import torch
from PIL import Image

from bench.contract.job import ContractError, Diverged, Output
from suites.selection.distill.augmentations import STRATEGIES
from suites.selection.distill.metrics import METRICS
from suites.selection.distill.pools import Scale
from suites.selection.distill.problem import Made
from suites.selection.distill.scoring import (
    augmentation_robust_score,
    checked,
    figures,
    label_robust_score,
    made_output,
    picture,
)
from suites.selection.tasks import TASKS
from tests.suites.selection.distill.settings import (
    SETTINGS,
    assets,
    class_means,
    problem,
    scored,
    scored_means,
)

SHAPE, CLASSES = (4, 1, 3, 3), 2
IMAGES = torch.zeros(SHAPE)
HARD = torch.tensor([0, 0, 1, 1])
SOFT = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.5, 0.5], [0.0, 1.0]])

BASELINES = {
    "random_hard": 0.4,
    "random_soft": 0.5,
    "random_augmented": 0.45,
    "random_soft_augmented": 0.55,
    "full": 0.9,
}


def output(images=IMAGES, labels=HARD, loss="cross_entropy", rate=None) -> Output:
    return Output({"images": images, "labels": labels}, {"loss": loss, "rate": rate})


def with_number(tensor: torch.Tensor, value: float) -> torch.Tensor:
    changed = tensor.clone()
    changed.view(-1)[0] = value
    return changed


@pytest.mark.parametrize(
    ("wrong", "error", "sentence"),
    [
        (output(IMAGES[:3]), ContractError, r"images have shape \(3, 1, 3, 3\)"),
        (output(IMAGES.long()), ContractError, "torch.int64; expected .* in floating point"),
        (output(with_number(IMAGES, nan)), Diverged, "1 of 36 numbers of the images are NaN"),
        (output(labels=HARD[:3]), ContractError, r"labels have shape \(3,\)"),
        (output(labels=HARD.int()), ContractError, "labels are torch.int32; expected int64"),
        (output(labels=HARD + 1), ContractError, "labels go from 1 to 2; expected 0 to 1"),
        (output(labels=SOFT.T), ContractError, r"or \(4, 2\) in floating point"),
        (output(labels=with_number(SOFT, nan)), Diverged, "1 of 8 numbers of the labels are NaN"),
        (output(labels=SOFT * 1.001), ContractError, "miss a sum of 1 by 0.001"),
        (output(labels=1.5 * SOFT - 0.25), ContractError, "has the probability -0.25"),
        (
            output(loss="hinge"),
            ContractError,
            "loss is 'hinge'; expected one of cross_entropy, mse",
        ),
        (output(loss="mse"), ContractError, "the loss is mse, but the labels are classes"),
        (output(rate=0.0), ContractError, "learnt rate is 0.0; expected a positive one"),
        (output(rate=nan), Diverged, "learnt rate is nan"),
        (
            Output({"images": IMAGES}),
            ContractError,
            r"left \['images'\]; expected images and labels",
        ),
    ],
)
def test_another_form_is_told_in_a_sentence(wrong, error, sentence):
    with pytest.raises(error, match=sentence):
        checked(wrong, SHAPE, CLASSES)


@pytest.mark.parametrize(
    ("labels", "loss"), [(HARD, "cross_entropy"), (SOFT, "cross_entropy"), (7 * SOFT - 3, "mse")]
)
def test_classes_probabilities_and_any_numbers_for_squared_error_pass(labels, loss):
    made = checked(output(labels=labels, loss=loss, rate=0.1), SHAPE, CLASSES)
    assert torch.equal(made.labels, labels)
    assert (made.loss, made.rate) == (loss, 0.1)


def test_what_is_no_made_set_is_named():
    with pytest.raises(ContractError, match="the method returned int; it should return a Made"):
        made_output(3, problem())
    with pytest.raises(ContractError, match=r"Made\.labels is list; it should be a tensor"):
        made_output(Made(IMAGES, [0, 1]), problem())


def test_robust_scores_by_hand():
    # IOR .3, HLR .1: a = (.3 - .1) / 2 = .1;  e^.1 = 1.105171, e^-1 = .367879, e = 2.718282
    # (1.105171 - .367879) / (2.718282 - .367879) = .737292 / 2.350402 = .313688
    assert label_robust_score(0.3, 0.1) == pytest.approx(0.313688, abs=1e-6)
    # IOR .3 without and .1 with augmentation: a = .2;  (1.221403 - .367879) / 2.350402 = .363139
    assert augmentation_robust_score(0.3, 0.1) == pytest.approx(0.363139, abs=1e-6)


def test_robust_scores_go_from_none_to_one():
    assert label_robust_score(-1.0, 1.0) == pytest.approx(0.0)
    assert label_robust_score(1.0, -1.0) == pytest.approx(1.0)


def test_hard_labels_are_held_against_random_sets_with_hard_labels():
    found = {"convnet3": [0.6, 0.7], "mlp": [0.5], "lenet": [0.2], "augmented": [0.6, 0.8]}
    metrics = figures(found, soft=False, baselines=BASELINES)
    # accuracy .65; others (.5 + .2) / 2 = .35; IOR .65 - .4 = .25; HLR .9 - .65 = .25
    # with augmentation .7 - .45 = .25
    expected = {
        "accuracy": 0.65,
        "others": 0.35,
        "accuracy_mlp": 0.5,
        "accuracy_lenet": 0.2,
        "augmented": 0.7,
        "accuracy_hard": 0.65,
        "ior": 0.25,
        "lrs": label_robust_score(0.25, 0.25),
        "ars": augmentation_robust_score(0.25, 0.25),
    }
    assert metrics == pytest.approx(expected)


def test_soft_labels_are_held_against_random_sets_with_soft_labels():
    found = {"convnet3": [0.7], "mlp": [0.5], "augmented": [0.6], "hard": [0.3], "own_rate": [0.1]}
    metrics = figures(found, soft=True, baselines=BASELINES)
    # IOR .7 - .5 = .2; HLR .9 - .3 = .6, by hard labels; with augmentation .6 - .55 = .05
    assert metrics["ior"] == pytest.approx(0.2)
    assert metrics["accuracy_hard"] == 0.3
    assert metrics["own_rate"] == 0.1
    assert metrics["lrs"] == pytest.approx(label_robust_score(0.2, 0.6))
    assert metrics["ars"] == pytest.approx(augmentation_robust_score(0.2, 0.05))


def test_a_run_has_all_metrics_of_the_task_but_a_rate_that_it_didnt_learn():
    declared = {metric.name for metric in METRICS}
    assert set(scored_means().metrics) == declared - {"own_rate"}
    assert set(scored(replace(class_means(), rate=0.01)).metrics) == declared


def test_every_evaluator_learns_something_from_ten_digits():
    metrics = scored_means().metrics
    for name in ("accuracy", "accuracy_mlp", "accuracy_lenet", "accuracy_strided", "augmented"):
        assert metrics[name] > 0.25, name  # chance is .1


def test_methods_with_the_same_set_have_the_same_figures_and_another_seed_has_others():
    assert scored(class_means(), method="other").metrics == scored_means().metrics
    assert scored(class_means(), seed=1).metrics != scored_means().metrics


def test_labels_of_their_own_are_learnt_and_left_out_for_hard_accuracy():
    shifted = torch.eye(10).roll(1, 0)  # each image says that it is of the class before it
    metrics = scored(replace(class_means(), labels=shifted)).metrics
    assert metrics["accuracy"] < 0.2  # right only where the wrong class is guessed
    assert metrics["accuracy_hard"] > 0.25


def test_squared_error_is_learnt():
    metrics = scored(replace(class_means(), labels=torch.eye(10) - 0.1, loss="mse")).metrics
    assert metrics["others"] > 0.5


def test_the_whole_pool_is_above_ten_digits_and_is_nobody_elses_rule():
    assert scored("full", kind="reference").metrics["others"] > scored_means().metrics["others"]
    with pytest.raises(ContractError, match="expected images and labels"):
        scored("full", kind="method")


def test_chance_is_one_class_in_ten():
    metrics = scored("chance", kind="reference").metrics
    for name in ("accuracy", "others", "augmented"):
        assert metrics[name] == pytest.approx(1 / 10)


def test_what_random_sets_teach_is_above_chance():
    baselines = assets()["baselines"].data
    assert set(baselines) == set(BASELINES)
    for name, accuracy in baselines.items():
        assert 0.15 < accuracy < 0.9, name


def test_a_picture_has_a_row_a_class_and_pixels_as_they_were():
    scale = Scale(lowest=-1.0, highest=3.0)
    # 0 -> -1, 1 -> 3: a pixel of 1 stands for .5, 255 * .5 = 127.5, rounded to even: 128
    values = torch.tensor([-1.0, 1.0, 3.0, 5.0])  # of classes 1, 0, 0, 1; 5 is cut off at 3
    made = Made(values.view(4, 1, 1, 1).expand(4, 1, 2, 2), torch.tensor([1, 0, 0, 1]))
    pixels = np.asarray(Image.open(BytesIO(picture(made, scale, 2))))
    assert pixels[[0, 0, 3, 3], [0, 3, 0, 3]].tolist() == [128, 255, 0, 255]


def test_the_first_seed_keeps_its_picture():
    assert set(scored_means().artefacts) == {"made.png"}
    assert scored(class_means(), seed=1).artefacts == {}


def test_a_pool_is_standardised_and_back():
    images = torch.rand(5, 1, 3, 3, generator=torch.Generator().manual_seed(0))
    scale = Scale.of(images)
    changed = scale.standardise(images)
    assert float(changed.mean()) == pytest.approx(0, abs=1e-6)
    assert float(changed.std()) == pytest.approx(1, abs=1e-6)
    assert torch.allclose(scale.pixels(changed), images, atol=1e-6)


def published_settings():
    for task in TASKS:
        for settings in task.settings.values():
            if settings["kind"] == "distill":
                yield settings


def test_settings_of_the_tiny_task_name_every_evaluator_of_the_published_ones():
    names = [described["name"] for described in SETTINGS["evaluators"]]
    for settings in published_settings():
        assert [described["name"] for described in settings["evaluators"]] == names


def test_published_tasks_name_augmentations_that_there_are():
    for settings in published_settings():
        assert set(settings["augment"]) <= set(STRATEGIES)
