"""A task's figures are shaded from the floor's to the ceiling's, metric by metric."""

from typing import Any

from leaderboard.rows import metric_shades
from tests.reports.invented import metric, task

HIGH, LOW = metric("tau"), metric("regret", "low")
TASK = task("ranks", (HIGH, LOW), ("tau",))


def line(method: str, tau: float | None, regret: float | None, kind: str = "method") -> Any:
    figures = {"metric.tau": tau, "metric.regret": regret}
    return {"method": method, "variant": "default", "kind": kind, **figures}


def shades(*lines: Any) -> dict[tuple[str, str], str]:
    found = metric_shades(TASK, lines)
    return {(method, name): shade for (method, _, name), shade in found.items()}


FLOOR = line(TASK.floor, 0.0, 20.0, "reference")
CEILING = line(TASK.ceiling, 0.8, 0.0, "reference")


def test_a_figure_is_shaded_by_where_it_lies_between_floor_and_ceiling():
    # tau .4 of 0 to .8: a half; regret 2 of 20 down to 0: nine tenths
    found = shades(FLOOR, CEILING, line("mine", 0.4, 2.0))
    assert found == {("mine", "tau"): "q5", ("mine", "regret"): "q9"}


def test_what_is_worse_than_the_floor_has_a_shade_of_its_own():
    # -.1 / .8 = -.125; (25 - 20) / -20 = -.25
    found = shades(FLOOR, CEILING, line("mine", -0.1, 26.0))
    assert found == {("mine", "tau"): "m1", ("mine", "regret"): "m2"}


def test_a_metric_without_a_scale_is_not_shaded():
    same = line(TASK.ceiling, 0.8, 20.0, "reference")
    assert shades(FLOOR, same, line("mine", 0.4, 2.0)) == {("mine", "tau"): "q5"}
    assert shades(FLOOR, line("mine", 0.4, 2.0)) == {}


def test_a_figure_that_is_not_there_is_not_shaded():
    found = shades(FLOOR, CEILING, line("mine", None, 10.0))
    assert found == {("mine", "regret"): "q5"}
