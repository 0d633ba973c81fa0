"""Curves that several tasks share: which, where they stand, what is bold and what is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.contract.metric import Point
from bench.contract.suite import Task
from leaderboard.across import FRAME, SharedFigure, shared_figures
from leaderboard.build import build
from tests.leaderboard.opened import THEMES, Scheme, Tab, opened
from tests.reports.invented import catalogue, metric, records, suite, task

SHARES = (1, 10, 100)


def points(axis: str = "share", xs: tuple[int, ...] = SHARES, better: str = "high") -> Any:
    return tuple(
        Point(
            name=f"at_{x}",
            title=f"At {x}",
            unit="fraction",
            better=better,
            meaning="Accuracy.",
            curve="Accuracy",
            axis=axis,
            x=x,
        )
        for x in xs
    )


CLEAN, NOISE = (task(name, (metric("area"), *points()), ("area",)) for name in ("clean", "noise"))


def line(method: str, kind: str = "method", of: str = "") -> dict[str, Any]:
    """A row of the suite's table."""
    return {"method": method, "variant": "default", "name": method, "label": method.title(),
            "kind": kind, "of": of}  # fmt: skip


def own(method: str, *values: float) -> dict[str, Any]:
    """The same row in a task's table: its values at each share."""
    found: dict[str, Any] = {"method": method, "variant": "default"}
    for x, value in zip(SHARES, values, strict=True):
        at = f"metric.at_{x}"
        found |= {at: value, f"{at}_low": value - 0.05, f"{at}_high": value + 0.05}
    return found


ORDER = ("a", "b", "c", "d", "e")
LEVELS = {"a": 0.9, "b": 0.85, "c": 0.8, "d": 0.75, "e": 0.7}


def drawn(
    order: tuple[str, ...] = ORDER,
    clean: dict[str, tuple[float, ...]] | None = None,
    references: tuple[str, ...] = (),
    tasks: tuple[Task, ...] = (CLEAN, NOISE),
) -> list[SharedFigure]:
    """Rows at the same level on both tasks, but where `clean` says otherwise."""
    lines = [line(m) for m in order] + [line(m, "reference") for m in references]
    levels = LEVELS | dict.fromkeys(references, 0.6)
    flat = {m: (levels[m],) * 3 for m in (*order, *references)}
    on_clean = {**flat, **(clean or {})}
    of_task = {
        "clean": [own(m, *values) for m, values in on_clean.items()],
        "noise": [own(m, *values) for m, values in flat.items()],
    }
    return shared_figures(tasks, lines, of_task)


def test_a_curve_of_two_tasks_is_a_figure_with_a_panel_a_task_on_one_scale() -> None:
    # values from .5 to .9 with lines every .1: .9 stands at the top, .7 in the middle, x = 10 too
    (figure,) = drawn(clean={"e": (0.5, 0.5, 0.7)})
    assert figure.title == "Accuracy by share"
    assert [panel.task.name for panel in figure.panels] == ["clean", "noise"]
    assert [label for _, label in figure.y_ticks] == ["0.5", "0.6", "0.7", "0.8", "0.9"]
    assert [label for _, label in figure.x_ticks] == ["1", "10", "100"]
    best = next(one for one in figure.panels[1].lines if one.row["method"] == "a")
    assert {mark.y for mark in best.line.marks} == {FRAME.top}
    assert best.line.marks[1].x == pytest.approx((FRAME.left + FRAME.right) / 2)
    last = next(one for one in figure.panels[1].lines if one.row["method"] == "e")
    assert last.line.marks[0].y == pytest.approx((FRAME.top + FRAME.bottom) / 2)


def test_the_first_four_rows_are_bold_and_lie_above_the_thin_ones() -> None:
    (figure,) = drawn()
    assert [row["method"] for row in figure.bold] == ["a", "b", "c", "d"]
    assert [row["method"] for row in figure.thin] == ["e"]
    assert [one.row["method"] for one in figure.panels[0].lines] == ["e", "d", "c", "b", "a"]


def test_random_takes_the_place_of_the_fourth() -> None:
    (figure,) = drawn(references=("random", "another"))
    assert [row["method"] for row in figure.bold] == ["a", "b", "c", "random"]
    assert [row["method"] for row in figure.thin] == ["d", "e", "another"]


def test_floor_and_ceiling_are_lines_of_each_panel_and_no_rows() -> None:
    (figure,) = drawn(references=("untouched", "joint"))
    assert [len(panel.scales) for panel in figure.panels] == [2, 2]
    assert [row["method"] for row in (*figure.bold, *figure.thin)] == [*ORDER]


def test_a_thin_line_that_falls_far_behind_is_named_where_it_does() -> None:
    # of .9 .85 .8 .75 .3 the middle is .8: .5 below is more than a fifth of an axis of .6
    (figure,) = drawn(clean={"e": (0.3, 0.7, 0.7)})
    named = figure.panels[0].worst
    assert named is not None
    assert (named.label, named.anchor) == ("E", "start")
    assert named.x == figure.x_ticks[0][0]
    assert figure.panels[1].worst is None  # e is .1 behind the middle there


def test_a_bold_line_that_falls_far_behind_is_not_named_again() -> None:
    (figure,) = drawn(clean={"d": (0.3, 0.75, 0.75)})
    assert figure.panels[0].worst is None


def test_the_folded_row_of_a_method_has_no_line() -> None:
    lines = [line("a"), line("b", of="a"), line("c")]
    rows = [own(m, 0.9, 0.9, 0.9) for m in ("a", "b", "c")]
    (figure,) = shared_figures((CLEAN, NOISE), lines, {"clean": rows, "noise": rows})
    assert [row["method"] for row in figure.bold] == ["a", "c"]
    assert [row["method"] for row in figure.rows] == ["a", "b", "c"]


def test_a_row_that_lacks_a_task_has_no_line_there() -> None:
    lines = [line("a"), line("b")]
    rows = [own("a", 0.9, 0.9, 0.9), own("b", 0.5, 0.5, 0.5)]
    (figure,) = shared_figures((CLEAN, NOISE), lines, {"clean": rows, "noise": rows[:1]})
    assert [len(panel.lines) for panel in figure.panels] == [2, 1]


def test_the_table_has_a_column_for_each_task_and_point() -> None:
    (figure,) = drawn()
    assert [group.title for group in figure.groups] == ["Invented clean", "Invented noise"]
    heading = figure.groups[1].headings[2]
    assert heading.in_full == "Accuracy on noise at 100"
    assert figure.rows[0][f"metric.{heading.metric.name}"] == 0.9


@pytest.mark.parametrize(
    "other",
    [points("width"), points(better="low"), ()],
    ids=["another axis", "another direction", "no curve"],
)
def test_curves_that_differ_share_no_figure(other: Any) -> None:
    apart = replace(NOISE, metrics=(metric("area"), *other))
    assert drawn(tasks=(CLEAN, apart)) == []


def test_two_points_are_no_curve_to_compare() -> None:
    tasks = tuple(replace(t, metrics=(metric("area"), *points()[:2])) for t in (CLEAN, NOISE))
    assert drawn(tasks=tasks) == []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of a suite whose two tasks share a curve."""
    of = suite(tasks=(replace(CLEAN, name="near"), replace(NOISE, name="far")))
    out = tmp_path_factory.mktemp("across") / "site"
    build(records(of), catalogue(of), "small", out)
    return out


@pytest.mark.parametrize("scheme", THEMES)
@pytest.mark.parametrize("width", [1400, 390])
def test_pointing_at_a_name_shows_its_line_in_every_panel(
    site: Path, tab: Tab, width: int, scheme: Scheme
) -> None:
    with opened(tab, site / "invented/index.html", width, scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        panels = page.locator(".panels.across").first.locator("li")
        assert panels.count() == 2
        name = page.locator(".key.thin a").first
        thin = page.locator(f'.panels.across .cv-thin[data-m="{name.get_attribute("data-m")}"]')
        stroke = "e => getComputedStyle(e.querySelector('path')).stroke"
        before = thin.first.evaluate(stroke)
        name.hover()
        assert {one.evaluate(stroke) for one in thin.all()} != {before}
