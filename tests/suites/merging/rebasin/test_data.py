"""How the digits are dealt, and what pairs of networks are trained on them."""

import pytest
import torch

from suites.merging.rebasin import training
from suites.merging.rebasin.data import deal
from suites.merging.rebasin.data import test_rows as rows_of_group
from suites.merging.rebasin.settings import SMALL
from suites.merging.stored import expert_state
from tests.suites.merging.rebasin.tiny_rebasin import IMAGES, SETTINGS, tiny_assets


@pytest.mark.parametrize("images", [IMAGES, SMALL["images"]], ids=["tiny", "small"])
def test_no_image_is_in_two_splits_and_every_split_has_its_number(images):
    dealt = deal(images, 0)
    together = torch.cat(list(dealt.values()))
    assert len(together.unique()) == len(together)
    counts = [images["training"], 2 * images["calibration"], 2 * images["validation"]]
    assert [len(rows) for rows in dealt.values()] == [*counts, images["test"]]


def test_another_seed_deals_otherwise_and_the_same_seed_alike():
    first, again, other = deal(IMAGES, 0), deal(IMAGES, 0), deal(IMAGES, 1)
    assert torch.equal(first["test"], again["test"])
    assert set(first["test"].tolist()) != set(other["test"].tolist())


def test_asking_for_more_images_than_there_are_says_so():
    # Of each class 490 to test, 20 to train, 4 and 4 to calibrate and validate: 518 of 500.
    with pytest.raises(ValueError, match="has 500 images of class 0, too few for the 518"):
        deal(IMAGES | {"test": 4900}, 0)


def test_the_lower_half_of_the_digits_comes_first_in_the_test_images():
    inputs, labels = tiny_assets()["test_inputs"], tiny_assets()["answers"].tensors["labels"]
    low, high = rows_of_group(inputs, range(5)), rows_of_group(inputs, range(5, 10))
    assert labels[low].max() == 4
    assert labels[high].min() == 5
    assert torch.equal(rows_of_group(inputs, range(10)), torch.cat([low, high]))
    with pytest.raises(ValueError, match="no group of digits"):
        rows_of_group(inputs, [3, 4])


def test_both_networks_of_a_pair_start_and_end_apart():
    for name in SETTINGS["pairs"]:
        one, other = (expert_state(tiny_assets()[f"experts_{name}"], i) for i in range(2))
        for key, tensor in one.items():
            if tensor.dim() > 1:
                assert (
                    torch.nn.functional.cosine_similarity(
                        tensor.flatten(), other[key].flatten(), dim=0
                    )
                    < 0.5
                ), key


def test_training_lowers_the_loss_of_chance():
    for name in SETTINGS["pairs"]:
        assert max(tiny_assets()[f"experts_{name}"].data["loss"]) < torch.tensor(10.0).log()


def test_an_expert_of_a_split_pair_never_sees_the_others_digits():
    # Its outputs for digits that it never saw have been pushed down by every step.
    accuracies = tiny_assets()["answers_experts_split"].data["accuracies"]
    pair = SETTINGS["pairs"]["split"]
    known = [training.group_of(pair, i).tolist() for i in range(2)]
    assert known == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
    assert min(accuracies) > 0.2


def test_the_same_arguments_train_the_same_networks():
    pair = SETTINGS["pairs"]["conv"]
    arguments = {"seed": 0, "name": "conv", "pair": pair}
    again = training.build_experts(arguments, {"examples": tiny_assets()["examples"]})
    for name, tensor in tiny_assets()["experts_conv"].tensors.items():
        assert torch.equal(again.tensors[name], tensor), name
