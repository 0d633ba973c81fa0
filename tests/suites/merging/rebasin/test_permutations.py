"""Orders by hand, and planted ones that matching must find again."""

from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from methods.merging.activation_matching import activation_matching
from methods.merging.weight_matching import weight_matching
from suites.merging.channels import Axis, Channels
from suites.merging.counters import COUNTERS
from suites.merging.permutations import (
    Moments,
    activations,
    assign,
    match_activations,
    match_weights,
    permute,
    reorder,
    weight_similarity,
)
from tests.suites.merging.rebasin.planted import NETWORKS, answers, planted, problem_of

each_network = pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)


def test_an_order_says_where_each_place_takes_its_channel_from():
    tensor = torch.tensor([[0, 1, 2, 3, 4, 5]])
    order = torch.tensor([2, 0, 1])
    assert reorder(tensor, Axis("w", 1, block=2), order).tolist() == [[4, 5, 0, 1, 2, 3]]


def test_an_assignment_by_hand():
    # 0 -> 1 and 1 -> 0 give 5 + 4 = 9; 0 -> 0 and 1 -> 1 give 3 + 1; charged 2^3
    meter = Meter(Budget(), COUNTERS)
    with meter:
        order = assign(torch.tensor([[3.0, 5.0], [4.0, 1.0]]), meter.handle())
    assert order.tolist() == [1, 0]
    assert meter.flops == 8


def test_similarity_is_the_inner_product_of_all_that_a_channel_has():
    # channel 0 of ours (1, 2 | bias 3 | out 1), channel 1 of theirs (2, 0 | bias 1 | out 5):
    # 2 + 0 + 3 + 5 = 10
    group = Channels(2, (Axis("w", 0), Axis("b", 0), Axis("v", 1)))
    ours = {"w": torch.tensor([[1.0, 2], [0, 0]]), "b": torch.tensor([3.0, 0])}
    theirs = {"w": torch.tensor([[0.0, 0], [2, 0]]), "b": torch.tensor([0.0, 1])}
    ours["v"], theirs["v"] = torch.tensor([[1.0, 0]]), torch.tensor([[0.0, 5]])
    assert weight_similarity(ours, theirs, group).tolist() == [[0, 10], [0, 0]]


@each_network
@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 999))
def test_weight_matching_finds_a_planted_permutation(make, seed):
    model, state, groups, orders, moved = planted(make, seed)
    problem = problem_of(model, [state, moved])
    found = match_weights(state, moved, groups, generator=problem.generator, meter=problem.meter)
    for order, back in zip(orders, found, strict=True):
        assert torch.equal(order[back], torch.arange(len(order)))
    again = permute(moved, groups, found)
    assert all(torch.equal(again[name], state[name]) for name in state)


@each_network
@pytest.mark.parametrize("correlation", [False, True])
def test_activation_matching_finds_a_planted_permutation(make, correlation):
    model, state, groups, _orders, moved = planted(make)
    problem = problem_of(model, [state, moved])
    inputs = problem.unlabeled(0, 20)
    found = match_activations(problem, state, moved, groups, inputs, correlation)
    again = answers(model, permute(moved, groups, found))
    torch.testing.assert_close(again, answers(model, state), rtol=1e-4, atol=1e-4)


@each_network
@pytest.mark.parametrize(
    "merge", [weight_matching, partial(activation_matching, correlation=True, examples=20)]
)
def test_a_network_merged_with_itself_in_another_order_is_itself(merge, make):
    model, state, _groups, _orders, moved = planted(make, lively_seed(make))
    merged = merge(problem_of(model, [state, moved]))
    assert set(merged) == set(state)
    torch.testing.assert_close(answers(model, merged), answers(model, state), rtol=1e-4, atol=1e-4)


def lively_seed(make):
    """The first at which no channel is the same on all images: two of those can't be told apart."""
    for seed in range(20):
        model, state, groups, _orders, _moved = planted(make, seed)
        inputs = problem_of(model, [state]).unlabeled(0, 20)
        if all((z.std(1) > 0).all() for z in activations(model, state, groups, inputs)):
            return seed
    raise AssertionError("every seed has a channel that is always the same")


def test_moments_by_hand():
    # a = 1, 3 (mean 2, deviation 1); b = 2, 6 (mean 4, deviation 2) and c = 0, 0
    # E[ab] = (2 + 18) / 2 = 10; covariance 10 - 8 = 2; correlation 2 / (1 2) = 1; with c: 0
    moments = Moments(2)
    moments.add(torch.tensor([[1.0], [0]]), torch.tensor([[2.0], [0]]))
    moments.add(torch.tensor([[3.0], [0]]), torch.tensor([[6.0], [0]]))
    assert moments.product().tolist() == [[10, 0], [0, 0]]
    assert moments.correlation().tolist() == [[1, 0], [0, 0]]
