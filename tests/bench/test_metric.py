"""bench.contract.metric: which metrics are columns, which are points of curves, which entries of
matrices."""

from bench.contract.metric import Entry, Point, column_metrics, curve_groups, matrices
from tests.reports.invented import metric, task


def point(curve: str, x: float, axis: str = "experts", unit: str = "fraction") -> Point:
    return Point(
        name=f"{curve}_{x}",
        title="A point",
        unit=unit,
        better="high",
        meaning="A point.",
        curve=curve,
        axis=axis,
        x=x,
    )


def entry(row: int, column: int, matrix: str = "Accuracy") -> Entry:
    name = f"{matrix}_{row}_{column}"
    return Entry(
        name=name,
        title=name,
        unit="fraction",
        better="high",
        meaning=("An entry."),
        matrix=matrix,
        row=row,
        column=column,
        row_axis="after task",
        column_axis="task",
    )


TASK = task(
    "along",
    (metric("a"), point("in", 8), point("in", 2), metric("b"), point("out", 2), entry(1, 1)),
    (),
)


def test_points_and_entries_are_metrics_but_no_columns() -> None:
    assert TASK.metric("in_8").name == "in_8"
    assert TASK.metric("Accuracy_1_1").name == "Accuracy_1_1"
    assert [m.name for m in column_metrics(TASK.metrics)] == ["a", "b"]


def test_a_curves_points_stand_in_order_along_its_axis() -> None:
    (only,) = curve_groups(TASK.metrics)
    assert [(curve.title, [p.x for p in curve.points]) for curve in only] == [
        ("in", [2, 8]),
        ("out", [2]),
    ]


def test_curves_share_a_figure_only_where_they_share_axis_and_unit() -> None:
    several = task(
        "several",
        (
            point("Adam", 1e-3, "learning rate", "loss"),
            point("SGD", 1e-2, "learning rate", "loss"),
            point("Accuracy", 1e-3, "learning rate"),
            point("Accuracy", 8, "width"),
        ),
        (),
    )
    found = [[curve.title for curve in shared] for shared in curve_groups(several.metrics)]
    assert found == [["Adam", "SGD"], ["Accuracy"], ["Accuracy"]]


def test_a_matrix_has_its_entries_row_by_row() -> None:
    mixed = task("m", (entry(2, 2), entry(1, 1), entry(1, 1, "Loss"), entry(2, 1)), ())
    places = {name: [(e.row, e.column) for e in es] for name, es in matrices(mixed.metrics).items()}
    assert places == {"Accuracy": [(1, 1), (2, 1), (2, 2)], "Loss": [(1, 1)]}


def test_a_task_without_points_and_entries_has_no_figure() -> None:
    plain = task("plain", (metric("a"),), ("a",))
    assert curve_groups(plain.metrics) == ()
    assert matrices(plain.metrics) == {}
