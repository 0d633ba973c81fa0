"""Geometry of the plots."""

import re
from dataclasses import replace
from math import nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.drawing import LETTER, CostPoint, axis_for, behind_axis, cost_plot, heat


def point(name: str, cost: float, score: float, front: bool = False) -> CostPoint:
    return CostPoint(name, name, name, cost, score, score - 0.02, score + 0.02, front, False)


def test_floor_and_ceiling_stand_inside_the_axis() -> None:
    axis = axis_for([0.4, 0.6])
    assert (axis.low, axis.high) == pytest.approx((-0.06, 1.05))
    # (0 + 0.06) / 1.11 = 5.4%, (1 + 0.06) / 1.11 = 95.5%
    assert (axis.at(0), axis.at(1)) == ("5.4%", "95.5%")
    assert axis.length(0, 0.5) == "45.0%"


def test_a_wide_interval_does_not_squeeze_the_means() -> None:
    axis = axis_for([0.4, 0.9], [-9.0, 11.0])
    assert (axis.low, axis.high) == pytest.approx((-0.06, 1.20))  # 0.9 + 0.25 + 0.05
    assert axis.at(11.0) == "100.0%"


def test_a_score_far_below_the_floor_stands_at_the_edge() -> None:
    axis = axis_for([-40.0, 0.5])
    assert axis.low == pytest.approx(-0.56)
    assert axis.at(-40.0) == "0.0%"
    assert axis.beyond(-40.0)


@pytest.mark.parametrize(
    ("score", "shade"),
    [(0.0, "q0"), (0.69, "q6"), (1.0, "q9"), (1.4, "q9"), (-0.01, "m1"), (-0.4, "m2")],
)
def test_the_heat_maps_shade_follows_the_score(score: float, shade: str) -> None:
    assert heat(score) == shade


def test_differences_to_the_lead_stand_left_of_it_on_steps_that_are_named_apart() -> None:
    axis = behind_axis([0.0, -0.05, -0.18], [0.03, -0.09])
    labels = [label for _at, label in axis.ticks]
    assert labels[0] == "0"
    assert len(set(labels)) == len(labels)
    assert axis.at(-0.18) < axis.at(-0.05) < axis.at(0.0)


def test_a_row_more_than_half_a_span_behind_stands_at_the_edge() -> None:
    axis = behind_axis([0.0, -7.0], [])
    assert axis.beyond(-7.0)
    assert axis.low == pytest.approx(-0.53)


def test_the_front_is_drawn_as_steps() -> None:
    # powers 6 and 8 on an axis from 5 to 9: x = 44 + 662 * 1/4 = 209.5 and 44 + 662 * 3/4 = 540.5
    plot = cost_plot([point("a", 1e6, 0.2, True), point("b", 1e8, 0.8, True)], 720, 440)
    assert plot is not None
    a, b = plot.marks
    assert plot.front == f"M209.5 {a.y}H540.5V{b.y}H706"


def test_no_step_of_the_front_leads_down_where_costs_are_drawn_at_one_place() -> None:
    # 1e8 and 1.00001e8 stand at the same tenth of a pixel
    points = [point("a", 1e6, 0.2, True), point("b", 1e8, 0.8, True)]
    plot = cost_plot([*points, point("c", 1.00001e8, 0.80001, True)], 720, 440)
    assert plot is not None
    heights = [float(y) for y in re.findall(r"V([\d.]+)", plot.front)]
    assert heights == sorted(heights, reverse=True)
    assert len(heights) == len(set(heights))


def test_without_a_known_cost_there_is_no_plot() -> None:
    assert cost_plot([point("a", nan, 0.5), point("b", 0.0, 0.5)], 720, 440) is None


def test_what_costs_nothing_stands_at_the_left_end_at_0() -> None:
    # powers 6 and 8: the scale goes from 5 to 9, and a step to the left of it is the 0
    points = [point("free", 0.0, 0.5), point("a", 1e6, 0.2), point("b", 1e8, 0.8, True)]
    plot = cost_plot(points, 720, 440)
    assert plot is not None
    assert plot.x_ticks[:2] == [(44.0, "0"), (176.4, "100 k")]
    assert {mark.point.name: mark.x for mark in plot.marks}["free"] == 44.0


def test_costs_below_1_have_decimals() -> None:
    plot = cost_plot([point("a", 0.5, 0.2), point("b", 50.0, 0.8)], 720, 440)
    assert plot is not None
    assert [label for _, label in plot.x_ticks] == ["0.1", "1", "10", "100"]


def test_a_reference_is_a_line_across_inside_the_scale() -> None:
    plot = cost_plot([point("a", 1e6, 0.4), point("b", 1e8, 0.8)], 720, 440, [("Parameters", 0.0)])
    assert plot is not None
    assert plot.levels == [(52.0, 394.0, "Parameters")]  # the lowest tick: 440 - 46
    assert plot.y_ticks[0] == (394.0, "0")


def test_a_folded_row_is_named_only_on_the_front() -> None:
    rows = [point("a", 1e6, 0.2, True), point("b", 1e8, 0.8, True), point("c", 1e7, 0.1)]
    plot = cost_plot(
        [replace(rows[0], folded=True), rows[1], replace(rows[2], folded=True)], 720, 440
    )
    assert plot is not None
    assert [mark.label is not None for mark in plot.marks] == [True, True, False]
    assert not plot.unnamed


def test_of_many_names_only_those_of_the_front_stand_far_from_their_points() -> None:
    # thirty points at one place: two of them are on the front
    crowd = [point(f"method {i}", 1e8, 0.5, i < 2) for i in range(30)]
    plot = cost_plot([*crowd, point("far", 1e6, 0.4)], 720, 440)
    assert plot is not None
    led = [mark.point.name for mark in plot.marks if mark.label and mark.label.leader]
    assert set(led) <= {"method 0", "method 1"}
    assert plot.unnamed


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(1e5, 1e12), st.floats(-0.4, 1.1), st.booleans()),
        min_size=1,
        max_size=30,
    )
)
def test_labels_never_cover_one_another(drawn: list[tuple[float, float, bool]]) -> None:
    points = [point(f"method {i}", c, s, f) for i, (c, s, f) in enumerate(drawn)]
    plot = cost_plot(points, 720, 440)
    assert plot is not None
    boxes = []
    for mark in plot.marks:
        if mark.label is None:
            continue
        width = LETTER * len(mark.point.label)
        start = mark.label.x - {"start": 0, "middle": width / 2, "end": width}[mark.label.anchor]
        boxes.append((start, mark.label.y, start + width))
    for i, (left, y, right) in enumerate(boxes):
        for other_left, other_y, other_right in boxes[:i]:
            apart = right <= other_left + 0.2 or other_right <= left + 0.2
            assert apart or abs(y - other_y) >= 13.8
