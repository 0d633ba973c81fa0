"""methods.merging.slerp and warp: walks along a sphere."""

from math import cos, pi, sin

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.merging.average import average
from methods.merging.slerp import slerp, slerp_weights, walk_the_sphere
from methods.merging.warp import warp
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten


def on_circle(degrees, radius=1.0):
    angle = degrees * pi / 180
    return radius * torch.tensor([cos(angle), sin(angle)])


def test_the_midpoint_of_a_right_angle_by_hand():
    # w = 90 degrees: sin(45) / sin(90) = 0.7071 of each; of equal lengths the length stays.
    merged = walk_the_sphere([torch.tensor([1.0, 0]), torch.tensor([0.0, 1])])
    assert merged.tolist() == pytest.approx([0.5**0.5, 0.5**0.5])


@settings(deadline=None)
@given(st.floats(1, 179), st.floats(0, 1))
def test_it_turns_by_its_share_of_the_angle(degrees, share):
    stay, come = slerp_weights(on_circle(0), on_circle(degrees), share)
    point = stay * on_circle(0) + come * on_circle(degrees)
    assert torch.allclose(point, on_circle(share * degrees), atol=1e-4)


def test_a_third_expert_is_approached_by_a_third():
    # 0 and 60 degrees meet at 30; from there a third of the way to 90 is 50.
    merged = walk_the_sphere([on_circle(0), on_circle(60), on_circle(90)])
    assert torch.allclose(merged, on_circle(50), atol=1e-6)


def test_the_order_of_the_experts_matters():
    # As above, but 90 first: 90 and 0 meet at 45, a third of the way to 60 is 50; with 60 last
    # but one the walk is 60 and 90 at 75, then a third of the way to 0: 50 on one circle. In three
    # dimensions the walks part.
    x, y, z = torch.eye(3)
    one, other = walk_the_sphere([x, y, z]), walk_the_sphere([z, y, x])
    assert not torch.allclose(one, other, atol=1e-3)


@pytest.mark.parametrize(
    ("start", "end"),
    [([1.0, 1.0], [3.0, 3.0]), ([1.0, 0.0], [-1.0, 0.0]), ([0.0, 0.0], [2.0, 4.0])],
    ids=["parallel", "opposite", "zero"],
)
def test_without_an_angle_it_is_the_linear_interpolation(start, end):
    assert slerp_weights(torch.tensor(start), torch.tensor(end), 0.25) == (0.75, 0.25)


def test_near_parallel_weights_come_close_to_the_linear_ones():
    stay, come = slerp_weights(on_circle(0), on_circle(0.5), 0.5)
    assert (stay, come) == pytest.approx((0.5, 0.5), abs=1e-5)


def test_experts_close_to_each_other_come_close_to_their_average():
    problem = tiny_problem(experts=4, change=0.001)
    merged, mean = flatten(slerp(problem)), flatten(average(problem))
    assert (merged - mean).norm() < 0.01 * (mean - flatten(problem.pretrained)).norm()


def test_warp_keeps_the_length_of_orthogonal_changes():
    # Three orthogonal unit changes: x and y give length 1, and so does the walk on to z.
    start = torch.ones(3)
    experts = [{"w": start + axis} for axis in torch.eye(3)]
    problem = MergingProblem(torch.nn.Identity(), experts, pretrained={"w": start})
    assert (warp(problem, share=1.0)["w"] - start).norm().item() == pytest.approx(1)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_warps_share_is_the_way_from_the_pretrained_model(share):
    problem = tiny_problem()
    start, whole = flatten(problem.pretrained), flatten(warp(problem, share=1.0))
    merged = flatten(warp(problem, share=share))
    assert torch.allclose(merged, start + share * (whole - start), atol=1e-6)
