"""Channels kept apart: by hand, and between its two ends, PLeaS and the mean of logits."""

import pytest
import torch

from methods.merging.pleas import pleas
from methods.merging.pleas_wide import merge_partly, pleas_wide
from suites.merging.channels import Axis, Channels
from suites.merging.permutations import own_states
from suites.merging.widening import Parts, part, places_of, widen
from tests.suites.merging.rebasin.planted import NETWORKS, answers, problem_of, random_state

DENSE = [name for name in NETWORKS if name != "depthwise"]


def pair(name):
    model = NETWORKS[name]().eval()
    return model, [random_state(model, seed) for seed in (0, 1)]


def test_the_channels_that_match_worst_stay_apart():
    parts = part(torch.tensor([0.9, 0.1, 0.5, 0.8]), 0.5, 2)
    assert (parts.merged.tolist(), parts.apart.tolist()) == ([0, 3], [1, 2])
    assert parts.width == 6
    # merged 0 and 3 at 0 and 1; the first network's 1 and 2 at 2 and 3, the second's at 4 and 5
    assert parts.of(0).tolist() == [0, 2, 3, 1]
    assert parts.of(1).tolist() == [0, 4, 5, 1]


def test_wide_weights_by_hand():
    # One input, two hidden channels of which the first is merged, one output.
    # In: mean (1 + 3) / 2 = 2, then 2 of the first and 4 of the second. Out: read 10 and 30 of the
    # merged one, halved: 20; 20 / 2 and 40 / 2 of those apart.
    group = Channels(2, (Axis("in", 0), Axis("out", 1)))
    first = {"in": torch.tensor([[1.0], [2]]), "out": torch.tensor([[10.0, 20]])}
    second = {"in": torch.tensor([[3.0], [4]]), "out": torch.tensor([[30.0, 40]])}
    parts = Parts(torch.tensor([0]), torch.tensor([1]), 2)
    wide = widen([first, second], places_of([group], [parts]))
    assert wide["in"].tolist() == [[2], [2], [4]]
    assert wide["out"].tolist() == [[20, 10, 20]]


@pytest.mark.parametrize("name", [n for n in DENSE if "BatchNorm" not in n])
def test_with_all_channels_apart_it_is_the_mean_of_the_experts_logits(name):
    model, states = pair(name)
    router = pleas_wide(problem_of(model, states), share=1.0, ridge=0.1, examples=20)
    images = torch.randn(11, 8, 8, generator=torch.Generator().manual_seed(7))
    expected = sum(answers(model, state) for state in states) / 2
    torch.testing.assert_close(router(images, 0), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", DENSE)
def test_with_no_channel_apart_it_is_pleas(name):
    model, states = pair(name)
    router = pleas_wide(problem_of(model, states), share=0.0, ridge=0.1, examples=20)
    merged = pleas(problem_of(model, states), ridge=0.1, examples=20)
    images = torch.randn(11, 8, 8, generator=torch.Generator().manual_seed(7))
    torch.testing.assert_close(router(images, 0), answers(model, merged), rtol=1e-3, atol=1e-3)


def test_what_one_network_keeps_apart_reads_nothing_that_the_other_does():
    model, states = pair("residual blocks with BatchNorm")
    problem = problem_of(model, states)
    state = merge_partly(problem, own_states(problem), problem.unlabeled(0, 20), 0.5, 0.1)
    weight = state["blocks.0.conv1.weight"]  # 3 merged and 3 + 3 apart, in and out
    assert weight.shape[:2] == (9, 9)
    assert not weight[3:6, 6:9].any()
    assert not weight[6:9, 3:6].any()
    assert weight[3:6, :6].abs().min() > 0
