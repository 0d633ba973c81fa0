"""suites.merging.soup.sweep: dealt hyperparameters, and each of them counts in training."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from suites.common.draws import generator
from suites.merging.soup.settings import SMALL
from suites.merging.soup.sweep import deal, fine_tune, move, smoothed_loss
from suites.merging.vectors import flatten
from tests.suites.merging.soup.tiny_soup import SETTINGS, tiny_assets

PLAIN = {"rate": 1e-2, "decay": 0.0, "smoothing": 0.0, "shift": 0, "steps": 3}


def trained(members, seed=0):
    built = tiny_assets()
    return fine_tune(built["pretrained"], built["examples"], SETTINGS["sweep"], members, seed)


@given(st.integers(0, 99))
def test_every_value_is_dealt_as_often_as_any_other(seed):
    grid = SMALL["sweep"]["grid"]
    dealt = deal(grid, SMALL["images"]["experts"], generator(seed, "test"))
    for name, values in grid.items():
        counts = {value: sum(one[name] == value for one in dealt) for value in values}
        assert set(counts.values()) == {12 // len(values)}


def test_an_image_moves_down_and_right_and_comes_in_again():
    # 1 2    one down: 3 4    then one right: 4 3
    # 3 4              1 2                    2 1
    image = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    assert move(image, torch.tensor([[1, 0]])).tolist() == [[[3, 4], [1, 2]]]
    assert move(image, torch.tensor([[1, 1]])).tolist() == [[[4, 3], [2, 1]]]
    assert torch.equal(move(image, torch.tensor([[0, 0]])), image)


def test_each_image_of_a_stack_moves_by_its_own_offset():
    images = torch.arange(2 * 3 * 4 * 4).view(2, 3, 4, 4).float()
    offsets = torch.randint(-2, 3, (2, 3, 2))
    moved = move(images, offsets)
    for i in range(2):
        for j in range(3):
            down, right = offsets[i, j].tolist()
            assert torch.equal(moved[i, j], images[i, j].roll((down, right), (0, 1)))


def test_label_smoothing_by_hand():
    # Scores 0 and ln 3: p = 1/4, 3/4. Label 1, smoothing .2: the shares are .1 and .9, so
    # the loss is .1 ln 4 + .9 ln (4/3) = .1 1.3863 + .9 .2877 = .3975.
    class Same(nn.Module):
        def forward(self, images):
            return torch.tensor([[0.0, 3.0]]).log1p() * torch.tensor([[1.0, 0.7925]])

    scores = torch.tensor([[0.0, 3.0]]).log1p() * torch.tensor([[1.0, 0.7925]])
    assert scores.softmax(1)[0].tolist() == pytest.approx([0.25, 0.75], abs=1e-4)
    loss = smoothed_loss(Same())
    found = loss({}, torch.zeros(1, 2), torch.tensor([1]), torch.tensor(0.2))
    assert float(found) == pytest.approx(0.3975, abs=1e-3)


@pytest.mark.parametrize(
    "changed",
    [{"rate": 3e-3}, {"decay": 1.0}, {"smoothing": 0.3}, {"shift": 2}, {"steps": 4}],
    ids=lambda changed: next(iter(changed)),
)
def test_each_hyperparameter_changes_the_expert(changed):
    plain, other = trained({0: PLAIN})[0], trained({0: {**PLAIN, **changed}})[0]
    assert not torch.equal(flatten(plain), flatten(other))


def test_two_experts_of_the_same_hyperparameters_differ_by_their_order():
    found = trained({0: PLAIN, 1: PLAIN})
    assert not torch.equal(flatten(found[0]), flatten(found[1]))


def test_an_expert_is_the_same_whoever_is_trained_beside_it():
    alone = trained({1: {**PLAIN, "smoothing": 0.1}})
    beside = trained({0: PLAIN, 1: {**PLAIN, "smoothing": 0.1}})
    assert torch.equal(flatten(alone[1]), flatten(beside[1]))


def test_an_experts_head_is_fine_tuned_too():
    built = tiny_assets()
    before = built["pretrained"].tensors["head.weight"]
    assert not torch.equal(built["experts"].tensors["0/head.weight"], before)


def test_the_sweep_is_told_with_what_each_expert_validates():
    data = tiny_assets()["experts"].data
    assert len(data["hyperparameters"]) == len(data["validation"]) == 3
    assert sorted(one["decay"] for one in data["hyperparameters"]) == [0.0, 0.1, 1.0]
