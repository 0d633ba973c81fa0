"""Small multiples: where a curve's points stand."""

from typing import Any

import pytest

from leaderboard.curves import BOTTOM, LEFT, RIGHT, TOP, curve_figure
from tests.reports.invented import curved_task, metric, task

TASK = curved_task()


def row(method: str, inside: list[float], outside: list[float], half: float = 0.0) -> dict[str, Any]:
    """A line of the task's table: values at 2, 4, 8 of both curves."""
    found: dict[str, Any] = {"method": method, "label": method.title()}
    for name, values in (("held_in", inside), ("held_out", outside)):
        for x, value in zip((2, 4, 8), values, strict=True):
            at = f"metric.{name}_{x}"
            found |= {at: value, f"{at}_low": value - half, f"{at}_high": value + half}
    return found


FLOOR, CEILING = row("untouched", [0.7] * 3, [0.7] * 3), row("joint", [1.0] * 3, [0.9] * 3)
METHOD = row("m", [0.9, 0.85, 0.8], [0.7, 0.75, 0.8], half=0.05)


def drawn(*rows: dict[str, Any]) -> Any:
    figure = curve_figure(TASK, rows)
    assert figure is not None
    return figure


def test_doublings_stand_equally_far_apart() -> None:
    # from LEFT + 8 to RIGHT - 8, log2 2, 4, 8 = 1, 2, 3: at the start, the middle and the end
    figure = drawn(CEILING, METHOD, FLOOR)
    places = [LEFT + 8, (LEFT + RIGHT) / 2, RIGHT - 8]
    assert [x for x, _ in figure.x_ticks] == pytest.approx(places)
    assert [label for _, label in figure.x_ticks] == ["2", "4", "8"]
    assert [mark.x for mark in figure.panels[0].lines[0].marks] == pytest.approx(places)


def test_heights_by_hand() -> None:
    # values from .7 to 1.0, lines every .1: the axis is .7 to 1.0
    # .9 is 2/3 of the way up, .85 half, .8 a third
    figure = drawn(CEILING, METHOD, FLOOR)
    assert [label for _, label in figure.y_ticks] == ["0.7", "0.8", "0.9", "1.0"]
    height = BOTTOM - TOP
    expected = [BOTTOM - height * share for share in (2 / 3, 1 / 2, 1 / 3)]
    assert [m.y for m in figure.panels[0].lines[0].marks] == pytest.approx(expected, abs=0.06)


def test_floor_and_ceiling_are_in_every_panel_and_have_none_of_their_own() -> None:
    figure = drawn(CEILING, METHOD, FLOOR)
    assert [panel.row["method"] for panel in figure.panels] == ["m"]
    (floor_in, ceiling_in), (_, ceiling_out) = figure.scale
    assert floor_in.startswith(f"M{LEFT + 8:.1f} {BOTTOM:.1f}")
    assert ceiling_in.startswith(f"M{LEFT + 8:.1f} {TOP:.1f}")
    assert ceiling_out != ceiling_in


def test_the_band_goes_round_the_intervals() -> None:
    line = drawn(CEILING, METHOD, FLOOR).panels[0].lines[1]
    assert line.band.count("L") == 5  # six corners: three upper ends, three lower ones
    assert drawn(CEILING, row("m", [0.9] * 3, [0.8] * 3), FLOOR).panels[0].lines[0].band


def test_without_intervals_there_is_no_band() -> None:
    single = {n: None if n.endswith(("_low", "_high")) else v for n, v in METHOD.items()}
    lines = drawn(CEILING, single, FLOOR).panels[0].lines
    assert [line.band for line in lines] == ["", ""]
    assert all(line.path for line in lines)


def test_a_row_far_below_the_floor_stands_at_the_edge_and_leaves_the_scale_alone() -> None:
    # floor to ceiling is .3, so the axis must reach half of it below the floor, .55; with lines
    # every .2 it is rounded out to .4
    bad = row("bad", [0.9, 0.4, 0.1], [0.8] * 3)
    figure = drawn(CEILING, METHOD, FLOOR, bad)
    assert figure.y_ticks[0][1] == "0.4"
    marks = figure.panels[1].lines[0].marks
    assert [mark.beyond for mark in marks] == [False, False, True]
    assert marks[2].y == BOTTOM


def test_a_row_without_a_result_has_an_empty_panel_that_says_so() -> None:
    failed = {"method": "failed", "label": "Failed"}
    panel = drawn(CEILING, METHOD, FLOOR, failed).panels[1]
    assert all(line.marks == () for line in panel.lines)
    assert panel.told == "no result"


def test_a_panel_is_told_in_words() -> None:
    assert drawn(METHOD).panels[0].told == (
        "Held-in 0.90 at 2, 0.85 at 4, 0.80 at 8; Held-out 0.70 at 2, 0.75 at 4, 0.80 at 8"
    )


def test_points_that_a_tier_lacks_are_left_out() -> None:
    fewer = {name: value for name, value in METHOD.items() if "_8" not in name}
    figure = drawn(fewer)
    assert [label for _, label in figure.x_ticks] == ["2", "4"]


def test_a_task_without_curves_has_no_figure() -> None:
    plain = task("plain", (metric("held_in"),), ("held_in",))
    assert curve_figure(plain, [METHOD]) is None
    assert curve_figure(TASK, [{"method": "failed", "label": "Failed"}]) is None
