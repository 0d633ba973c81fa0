"""Small multiples: where a curve's points stand."""

from itertools import pairwise
from typing import Any

import pytest

from bench.contract.metric import Point
from leaderboard.curves import BOTTOM, LEFT, RIGHT, TOP, curve_figures
from tests.reports.invented import curved_task, metric, task

TASK = curved_task()


def row(
    method: str, inside: list[float], outside: list[float], half: float = 0.0
) -> dict[str, Any]:
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
    (figure,) = curve_figures(TASK, rows)
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
    (floor_in,), _ = figure.floors
    (ceiling_in,), (ceiling_out,) = figure.ceilings
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
    assert [mark.beyond for mark in marks] == ["", "", "below"]
    assert marks[2].y == BOTTOM


def test_a_row_without_a_result_has_an_empty_panel_that_says_so() -> None:
    failed = {"method": "failed", "label": "Failed"}
    panel = drawn(CEILING, METHOD, FLOOR, failed).panels[1]
    assert all(line.marks == () for line in panel.lines)
    assert panel.in_words == "no result"


def test_a_panel_is_told_in_words() -> None:
    assert drawn(METHOD).panels[0].in_words == (
        "Held-in 0.90 at 2, 0.85 at 4, 0.80 at 8; Held-out 0.70 at 2, 0.75 at 4, 0.80 at 8"
    )


def test_points_that_a_tier_lacks_are_left_out() -> None:
    fewer = {name: value for name, value in METHOD.items() if "_8" not in name}
    figure = drawn(fewer)
    assert [label for _, label in figure.x_ticks] == ["2", "4"]


def test_a_task_without_curves_has_no_figure() -> None:
    plain = task("plain", (metric("held_in"),), ("held_in",))
    assert curve_figures(plain, [METHOD]) == []
    assert curve_figures(TASK, [{"method": "failed", "label": "Failed"}]) == []


RATES = (3e-4, 1e-3, 3e-3, 1e-2)


def losses(*curves: str) -> tuple[Point, ...]:
    return tuple(
        Point(
            name=f"{curve}_{rate}",
            title="Loss",
            unit="loss",
            better="low",
            meaning="Loss.",
            curve=curve,
            axis="learning rate",
            x=rate,
        )
        for curve in curves
        for rate in RATES
    )


def loss_row(method: str, values: list[float], curve: str = "Adam") -> dict[str, Any]:
    found: dict[str, Any] = {"method": method, "label": method.title()}
    return found | {
        f"metric.{curve}_{rate}": value for rate, value in zip(RATES, values, strict=True)
    }


LOSS_TASK = task("losses", losses("Adam", "SGD"), ())


def test_a_figure_of_losses_says_of_what_and_along_what() -> None:
    both = loss_row("m", [1.0] * 4) | loss_row("m", [2.0] * 4, "SGD")
    (figure,) = curve_figures(LOSS_TASK, [both])
    assert figure.title == "Loss of Adam and SGD by learning rate"
    assert figure.names == ("Adam", "SGD")
    assert drawn(METHOD).title == "Held-in and held-out by experts"
    assert drawn(METHOD).names == ("held-in", "held-out")


def test_learning_rates_are_labelled_briefly() -> None:
    (figure,) = curve_figures(LOSS_TASK, [loss_row("m", [1.0, 0.5, 0.25, 2.0])])
    assert [label for _, label in figure.x_ticks] == ["3e-4", "1e-3", "3e-3", "1e-2"]
    assert figure.panels[0].in_words == (
        "Adam 1.00 at 3e-4, 0.50 at 1e-3, 0.25 at 3e-3, 2.00 at 1e-2"
    )


def test_where_low_is_better_the_floor_is_the_high_end() -> None:
    # floor 2.3 and ceiling .3 are 2 apart: the axis must reach 2.3 + half of it, 3.3, so with
    # lines every 1 it ends at 4; 40 stands at the upper edge
    rows = [
        loss_row("joint", [0.3] * 4),
        loss_row("m", [1.0, 0.5, 2.0, 40.0]),
        loss_row("untouched", [2.3] * 4),
    ]
    (figure,) = curve_figures(LOSS_TASK, rows)
    assert [label for _, label in figure.y_ticks] == ["0", "1", "2", "3", "4"]
    marks = figure.panels[0].lines[0].marks
    assert [mark.beyond for mark in marks] == ["", "", "", "above"]
    assert marks[3].y == TOP
    assert figure.worse == "above"


def test_without_floor_and_ceiling_only_what_is_far_from_the_rest_stands_at_the_edge() -> None:
    # of .2 .3 .4 .5 .6 .7 .8 40 the quartiles are .375 and .725: three times .35 above .725 is
    # 1.775, with lines every .5 the axis ends at 2
    rows = [loss_row("m", [0.2, 0.3, 0.4, 0.5]), loss_row("n", [0.6, 0.7, 0.8, 40.0])]
    (figure,) = curve_figures(LOSS_TASK, rows)
    assert figure.y_ticks[-1][1] == "2.0"
    assert [m.beyond for m in figure.panels[1].lines[0].marks] == ["", "", "", "above"]
    assert figure.floors == figure.ceilings == ((),)


def test_each_axis_has_a_figure_of_its_own() -> None:
    width = Point(
        name="w",
        title="W",
        unit="fraction",
        better="high",
        meaning="W.",
        curve="Accuracy",
        axis="width",
        x=8,
    )
    several = task("several", (*losses("Adam"), width), ())
    row = loss_row("m", [1.0] * 4) | {"metric.w": 0.9}
    found = curve_figures(several, [row])
    assert [one.title for one in found] == ["Loss of Adam by learning rate", "Accuracy by width"]
    assert [one.axis for one in found] == ["learning rate", "width"]


def test_labels_of_places_never_touch() -> None:
    widths = [4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 30, 32, 40, 48]
    points = tuple(
        Point(
            name=f"w{x}",
            title="W",
            unit="fraction",
            better="high",
            meaning="W.",
            curve="Accuracy",
            axis="width",
            x=x,
        )
        for x in widths
    )
    row = {"method": "m", "label": "M"} | {f"metric.w{x}": 0.5 for x in widths}
    (figure,) = curve_figures(task("widths", points, ()), [row])
    assert len(figure.panels[0].lines[0].marks) == len(widths)
    ticks = figure.x_ticks
    assert ticks[0][1] == "4"
    assert ticks[-1][1] == "48"
    for (x, label), (after, other) in pairwise(ticks):
        assert after - x >= 6 * (len(label) + len(other)) / 2
