"""The networks of the compositional tasks, trained at the tier `smoke`."""

from __future__ import annotations

from importlib import import_module

import pytest
import torch

from suites.common.accuracy import accuracy, choose
from suites.common.trainer import logits
from suites.merging.compose.cells import grid_of
from suites.merging.compose.networks import (
    build_experts,
    build_pretrained,
    group_accuracy,
    group_masks,
    template,
)
from suites.merging.compose.pilot import build, report, with_settings
from suites.merging.definition import SUITE
from suites.merging.stored import backbone, expert_state, head, to_float

TASK = SUITE.task("compose-near")


@pytest.fixture(scope="module")
def assets():
    return build(TASK, "smoke", 0)[0]


def named(task, tier, name):
    return next(a for a in SUITE.assets(task, tier, 0) if a.name == name)


def test_every_builder_exists_and_every_input_comes_before():
    for task in SUITE.tasks:
        for tier in task.settings:
            before = []
            for asset in SUITE.assets(task, tier, 0):
                module, function = asset.builder.split(":")
                assert callable(getattr(import_module(module), function))
                assert all(needed in before for needed in asset.inputs)
                before.append(asset)


def test_experts_change_the_whole_backbone_and_not_the_head(assets):
    start = backbone(assets["pretrained"].tensors)
    for i in range(4):
        expert = expert_state(assets["experts"], i)
        assert expert.keys() == start.keys()
        assert not head(expert)
        for name in start:
            assert not torch.equal(expert[name], start[name]), name


def test_the_template_is_the_pretrained_network(assets):
    network = template(assets["pretrained"])
    for name, tensor in assets["pretrained"].tensors.items():
        assert torch.equal(network.state_dict()[name], tensor)
    assert head(network.state_dict()).keys() == {"head.weight", "head.bias"}


def test_building_again_gives_the_same_digits(assets):
    for builder, name, needed in (
        (build_pretrained, "pretrained", ["examples"]),
        (build_experts, "experts", ["examples", "pretrained"]),
    ):
        asset = named(TASK, "smoke", name)
        again = builder(asset.arguments, {key: assets[key] for key in needed})
        assert again.data == assets[name].data
        assert all(torch.equal(t, assets[name].tensors[key]) for key, t in again.tensors.items())


def test_experts_learn_their_own_cells(assets):
    task = with_settings(TASK, "smoke", {"experts.steps": 120, "experts.rate": 2e-3})
    asset = named(task, "smoke", "experts")
    inputs = {key: assets[key] for key in ("examples", "pretrained")}
    found = build_experts(asset.arguments, inputs).data["validation"]
    before = assets["pretrained"].data["validation"]
    assert sum(found) / len(found) > before + 0.1


def test_a_tuned_network_ignores_what_other_groups_logits_do(assets):
    """Loss and accuracy are among the group's classes: an expert may be wrong in all others."""
    grid = grid_of(assets["examples"])
    masks = group_masks(grid)
    assert masks.sum(1).tolist() == [2, 2, 2, 2]
    assert masks.sum(0).tolist() == [1] * 8
    scores = torch.tensor([[0.0, 1.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0]])
    assert group_accuracy(grid, 0, scores, torch.tensor([1])) == 1
    assert accuracy(choose(scores), torch.tensor([1])) == 0


def test_the_experts_accuracies_are_those_of_the_cells_own_or_its_groups(assets):
    grid, network = grid_of(assets["examples"]), template(assets["pretrained"])
    found = assets["answers_experts"].data["accuracies"]
    assert len(found) == len(grid.cells)
    cell = grid.cells.index((2, 0))  # group 2 was trained in style 1 by expert 2
    assert (2, 0) not in grid.held_in
    scores = logits(
        network,
        expert_state(assets["experts"], 2),
        to_float(assets["test_inputs"].tensors["images"][cell]),
    )
    labels = assets["answers"].tensors["labels"][cell]
    assert found[cell] == group_accuracy(grid, 2, scores, labels)


def test_the_probe_reports_references_and_methods_only_where_asked(assets):
    rows = report(assets)
    assert rows.keys() == {"pretrained", "multitask", "experts"}
    assert all(0 <= value <= 100 for values in rows.values() for value in values)
    merged = [name for name in report(assets, methods=True) if name not in rows]
    assert merged[0] == "average"
    assert merged[1].startswith("task arithmetic ")


def test_an_unknown_setting_of_the_probe_is_refused():
    with pytest.raises(KeyError, match="expert"):
        with_settings(TASK, "smoke", {"expert.rate": 1})


def test_assets_are_small():
    """A seed's images at tier small: 16 x 688 and 64 x 112 images of 400 bytes, and labels."""
    asset = named(TASK, "small", "examples")
    module, function = asset.builder.split(":")
    output = getattr(import_module(module), function)(asset.arguments, {})
    held = sum(t.numel() * t.element_size() for t in output.tensors.values())
    assert held < 6e6
