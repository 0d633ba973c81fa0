"""Transport by hand, of planted permutations, and between networks of unequal widths."""

import pytest
import torch

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from methods.merging.ot_fusion import ot_fusion, solve_exactly
from methods.merging.ot_fusion_sinkhorn import solve_smoothly
from suites.common.networks import MLP
from suites.merging.channels import Axis, read_structure
from suites.merging.counters import COUNTERS
from suites.merging.transport import mix, transport
from tests.suites.merging.rebasin.planted import (
    NETWORKS,
    answers,
    planted,
    problem_of,
    random_state,
)

FREE = Meter(Budget(), COUNTERS).handle()


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_a_network_fused_with_itself_in_another_order_is_itself(make):
    model, state, _groups, _orders, moved = planted(make)
    merged = ot_fusion(problem_of(model, [state, moved]))
    for name, tensor in merged.items():
        torch.testing.assert_close(tensor, state[name], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(answers(model, merged), answers(model, state), rtol=1e-4, atol=1e-4)


def test_an_exact_plan_by_hand():
    # 0 -> 1 and 1 -> 0 cost 1 + 1, straight 5 + 5; each channel has the mass 1/2
    plan = solve_exactly(torch.tensor([[5.0, 1.0], [1.0, 5.0]]), FREE)
    assert plan.tolist() == [[0, 0.5], [0.5, 0]]


def test_three_channels_onto_two_by_hand():
    # Masses 1/3 to 1/2: the first goes to 0, the last to 1, the middle one half to each.
    cost = torch.tensor([[0.0, 9.0], [1.0, 1.0], [9.0, 0.0]])
    plan = solve_exactly(cost, FREE)
    expected = torch.tensor([[1 / 3, 0], [1 / 6, 1 / 6], [0, 1 / 3]], dtype=torch.float64)
    torch.testing.assert_close(plan, expected)


def test_an_axis_is_mixed_block_by_block():
    # New channel 0 is half of each old one, new channel 1 the second alone.
    tensor = torch.tensor([[1.0, 2, 3, 4]])
    mixture = torch.tensor([[0.5, 0.0], [0.5, 1.0]])
    assert mix(tensor, Axis("w", 1, block=2), mixture).tolist() == [[2, 3, 3, 4]]


def test_a_wider_network_is_transported_to_a_narrower_ones_shapes():
    narrow, wide = MLP([64, 4, 3, 2]), MLP([64, 6, 5, 2])
    first, other = random_state(narrow, 0), random_state(wide, 1)
    groups = read_structure(narrow, first).groups
    moved = transport(first, other, groups, lambda cost: solve_exactly(cost, FREE))
    assert {n: t.shape for n, t in moved.items()} == {n: t.shape for n, t in first.items()}
    # Every new channel is a mixture of the old ones: none is outside of what they span.
    bias, old = moved["layers.0.bias"], other["layers.0.bias"]
    assert old.min() <= bias.min()
    assert bias.max() <= old.max()


def test_a_wider_network_of_doubled_channels_has_the_narrower_ones_hidden_layer():
    narrow = MLP([64, 4, 2])
    first = random_state(narrow, 0)
    doubled = {n: t.repeat_interleave(2, 0) for n, t in first.items() if "layers.0" in n}
    doubled["layers.1.weight"] = first["layers.1.weight"].repeat_interleave(2, 1)
    doubled["layers.1.bias"] = first["layers.1.bias"]
    groups = read_structure(narrow, first).groups
    moved = transport(first, doubled, groups, lambda cost: solve_exactly(cost, FREE))
    for name in first:
        torch.testing.assert_close(moved[name], first[name])


def test_entropy_spreads_the_plan_and_its_masses_stay():
    cost = torch.tensor([[5.0, 1.0], [1.0, 5.0]])
    sharp, smooth = (solve_smoothly(cost, r, FREE) for r in (0.01, 4.0))
    # exp(-5/4) : exp(-1/4) = 1 : e, so that a row's half is shared 1/(1+e) to e/(1+e)
    assert sharp[0].tolist() == pytest.approx([0, 0.5], abs=1e-6)
    share = 0.5 / (1 + torch.e)
    assert smooth[0].tolist() == pytest.approx([share, 0.5 - share], abs=1e-6)


def test_both_solvers_are_charged():
    exact, smooth = Meter(Budget(), COUNTERS), Meter(Budget(), COUNTERS)
    solve_exactly(torch.rand(4, 6), exact.handle())
    solve_smoothly(torch.rand(4, 6), 0.1, smooth.handle())
    assert exact.flops == 1000
    assert smooth.flops >= 8 * 24
