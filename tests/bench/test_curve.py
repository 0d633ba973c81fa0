"""bench.curve: which metrics are columns, and which are points of which curve."""

from bench.curve import Point, column_metrics, curves
from tests.reports.invented import metric, task


def point(curve: str, x: int) -> Point:
    name = f"{curve}_{x}"
    return Point(name, name, "fraction", "high", "A point.", curve=curve, axis="experts", x=x)


TASK = task("along", (metric("a"), point("in", 8), point("in", 2), metric("b"), point("out", 2)), ())


def test_points_are_metrics_but_no_columns() -> None:
    assert TASK.metric("in_8").name == "in_8"
    assert [m.name for m in column_metrics(TASK)] == ["a", "b"]


def test_a_curves_points_stand_in_order_along_its_axis() -> None:
    assert {title: [p.x for p in points] for title, points in curves(TASK).items()} == {
        "in": [2, 8],
        "out": [2],
    }


def test_a_task_without_points_has_no_curve() -> None:
    assert curves(task("plain", (metric("a"),), ("a",))) == {}
