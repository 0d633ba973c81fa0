"""One distribution for all experts, of which each has calibration images of its own."""

import pytest
import torch

from suites.merging.soup.data import draw_own
from suites.merging.soup.settings import SMALL, SMOKE
from suites.merging.soup.task import SOUP
from tests.suites.merging.soup.tiny_soup import IMAGES, tiny_assets


def pictures(tensor):
    """The images as a set of byte strings."""
    return {bytes(image.flatten().tolist()) for image in tensor.reshape(-1, 8, 8)}


def test_no_image_is_in_two_splits_or_two_experts_parts():
    tensors = tiny_assets()["examples"].tensors
    parts = [tensors["training/images"], tiny_assets()["test_inputs"].tensors["0/images"]]
    for split in ("calibration", "validation"):
        parts += list(tensors[f"{split}/images"])
    together = [picture for part in parts for picture in pictures(part)]
    assert len(set(together)) == len(together) == 16 + 36 + 24 + 12


def test_the_experts_share_out_as_many_images_of_a_class_as_the_settings_say():
    tensors = tiny_assets()["examples"].tensors
    assert tensors["calibration/labels"].shape == (3, 8)
    assert torch.bincount(tensors["calibration/labels"].flatten()).tolist() == [6] * 4
    assert torch.bincount(tensors["validation/labels"].flatten()).tolist() == [3] * 4


def test_images_that_cant_be_shared_out_evenly_are_refused():
    with pytest.raises(
        ValueError, match="20 calibration images can't be shared out evenly among 3"
    ):
        draw_own({**IMAGES, "calibration": 5}, 0, "calibration")


def test_the_held_in_cell_has_test_images_of_its_own_number():
    inputs, answers = tiny_assets()["test_inputs"].tensors, tiny_assets()["answers"].tensors
    assert [len(inputs[f"{cell}/images"]) for cell in range(3)] == [36, 20, 20]
    for cell in range(3):
        counts = torch.bincount(answers[f"{cell}/labels"]).tolist()
        assert counts == [9 if cell == 0 else 5] * 4


def test_another_seed_has_other_images():
    one, other = (tiny_assets(seed)["examples"].tensors["training/images"] for seed in (0, 1))
    assert not pictures(one) & pictures(other)


@pytest.mark.parametrize("settings", [SMALL, SMOKE], ids=["small", "smoke"])
def test_no_expert_has_more_examples_than_a_method_may_ask_for(settings):
    images = settings["images"]
    for split in ("calibration", "validation"):
        each, rest = divmod(images["classes"] * images[split], images["experts"])
        assert rest == 0
        assert each <= 256


def test_a_greedy_soup_has_the_trials_that_it_takes():
    for tier, settings in (("small", SMALL), ("smoke", SMOKE)):
        taken = 2 * settings["images"]["experts"] - 1
        assert SOUP.budgets[tier].limit("trials") >= taken
