"""Heads, experts and multitask, of the real weights on three small sets."""

import pytest
import torch
import torch.nn.functional as F

from suites.merging.eight import training
from suites.merging.eight.network import template
from suites.merging.eight.sets import classes_of
from suites.merging.stored import backbone, expert_state, head
from tests.suites.merging.eight.tiny_eight import IMAGES, SETTINGS, examples, tiny_assets

ARGUMENTS = {"seed": 0, "images": IMAGES}


@pytest.fixture(scope="module")
def pretrained():
    arguments = {**ARGUMENTS, "head": SETTINGS["head"]}
    return training.build_pretrained(arguments, {"examples": examples()})


def experts_at(rate, pretrained):
    arguments = {**ARGUMENTS, "experts": {**SETTINGS["experts"], "rate": rate}}
    return training.build_experts(arguments, {"examples": examples(), "pretrained": pretrained})


@pytest.fixture(scope="module")
def experts(pretrained):
    return experts_at(3e-4, pretrained)


def test_a_heads_gradient_is_zero_where_it_is_fitted():
    draws = torch.Generator().manual_seed(0)
    inputs, labels = torch.rand(40, 6, generator=draws), torch.arange(40) % 3
    weight, bias = training.fit_head(inputs, labels, 0.1)
    weight, bias = weight.double().requires_grad_(), bias.double().requires_grad_()
    loss = F.cross_entropy(inputs.double() @ weight.T + bias, labels)
    (loss + 0.1 / 2 * weight.square().sum()).backward()
    assert weight.grad.abs().max() < 1e-4
    assert bias.grad.abs().max() < 1e-4


def test_a_head_of_two_classes_by_hand():
    # One feature, x = 1 of class 1 and x = -1 of class 0: by symmetry weights -w and w, no bias.
    # mean loss log(1 + exp(-2w)), ridge / 2 * 2 w^2; derivative -2 / (1 + exp(2w)) + 2 ridge w = 0:
    # at w = 1 the ridge is 1 / (1 + e^2) = .1192
    inputs, labels = torch.tensor([[1.0], [-1.0]]), torch.tensor([1, 0])
    weight, bias = training.fit_head(inputs, labels, 1 / (1 + torch.e**2))
    assert weight[:, 0].tolist() == pytest.approx([-1.0, 1.0], abs=1e-4)
    assert bias.tolist() == pytest.approx([0.0, 0.0], abs=1e-4)


def test_the_pretrained_heads_tell_real_images_apart(pretrained):
    for accuracy, classes in zip(
        pretrained.data["validation"], classes_of(IMAGES).values(), strict=True
    ):
        assert accuracy > 2 / len(classes)


def test_each_sets_head_stands_at_its_classes(pretrained):
    network = template(pretrained)
    for i, classes in enumerate(classes_of(IMAGES).values()):
        pixels = examples().tensors["training/images"][i] / 255
        labels = examples().tensors["training/labels"][i]
        scores = network(pixels)[:, classes.start : classes.stop]
        assert (scores.argmax(1) + classes.start == labels).double().mean() > 0.7


def test_fine_tuning_changes_the_whole_backbone_and_never_the_head(pretrained, experts):
    start = backbone(pretrained.tensors)
    for i in range(3):
        expert = expert_state(experts, i)
        assert list(expert) == list(start)
        assert not head(expert)
        for name, tensor in expert.items():
            assert tensor.is_contiguous(), name
            assert not torch.equal(tensor, start[name]), name


def test_the_first_step_of_adamw_moves_every_weight_by_at_most_the_rate(pretrained):
    # Without decay Adam's first step is rate * g / (|g| + epsilon).
    plan = {"steps": 1, "batch": 4, "rate": 1e-3}
    draws = torch.Generator().manual_seed(0)
    state, _loss = training.fine_tune(pretrained, examples(), [0], plan, draws)
    start = backbone(pretrained.tensors)
    largest = max(float((state[name] - start[name]).abs().max()) for name in state)
    assert largest == pytest.approx(1e-3, rel=0.01)


def test_building_again_gives_the_same_digits(pretrained, experts):
    again = experts_at(3e-4, pretrained)
    assert again.data == experts.data
    for name, tensor in experts.tensors.items():
        assert torch.equal(tensor, again.tensors[name]), name


def test_the_lower_rate_stays_nearer(pretrained, experts):
    near, start = experts_at(1e-4, pretrained), backbone(pretrained.tensors)

    def moved(state):
        return sum(float((state[name] - start[name]).square().sum()) for name in start)

    for i in range(3):
        assert 0 < moved(expert_state(near, i)) < moved(expert_state(experts, i))


def test_multitask_is_one_backbone_for_all_sets(pretrained):
    arguments = {**ARGUMENTS, "multitask": {**SETTINGS["multitask"], "rate": 3e-4}}
    found = training.build_multitask(arguments, {"examples": examples(), "pretrained": pretrained})
    assert list(found.tensors) == list(backbone(pretrained.tensors))
    assert len(found.data["validation"]) == 3


def test_the_experts_accuracies_are_each_ones_on_its_own_set():
    assets = tiny_assets()
    found = training.build_expert_accuracies({**ARGUMENTS, "distance": "near"}, assets)
    network = template(assets["pretrained"])
    for i, classes in enumerate(classes_of(IMAGES).values()):
        network.load_state_dict(expert_state(assets["experts_near"], i), strict=False)
        scores = network(assets["test_inputs"].tensors["images"][i] / 255)
        chosen = scores[:, classes.start : classes.stop].argmax(1) + classes.start
        right = (chosen == assets["answers"].tensors["labels"][i]).double().mean().item()
        assert found.data["accuracies"][i] == pytest.approx(right)
