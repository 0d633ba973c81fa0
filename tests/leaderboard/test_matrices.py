"""Heat maps: where cells stand, how they are shaded, what they say."""

from typing import Any

import pytest

from bench.contract.metric import Entry
from leaderboard.matrices import CELL, LEFT, TOP, matrix_figures
from tests.reports.invented import metric, task


def entries(tasks: int, unit: str = "fraction", better: str = "high") -> tuple[Entry, ...]:
    return tuple(
        Entry(
            name=f"e_{row}_{column}",
            title="Accuracy",
            unit=unit,
            better=better,
            meaning=("Accuracy."),
            matrix="Accuracy",
            row=row,
            column=column,
            row_axis="after task",
            column_axis="task",
        )
        for row in range(1, tasks + 1)
        for column in range(1, row + 1)
    )


def line(method: str, values: list[list[float]], kind: str = "method") -> dict[str, Any]:
    found: dict[str, Any] = {"method": method, "label": method.title(), "kind": kind}
    for row, across in enumerate(values, 1):
        found |= {f"metric.e_{row}_{column}": v for column, v in enumerate(across, 1)}
    return found


TASK = task("continual", entries(3), ())
KEEPS = line("keeps", [[0.95], [0.9, 0.95], [0.85, 0.9, 0.95]])
FORGETS = line("forgets", [[0.95], [0.3, 0.95], [0.12, 0.3, 0.95]])


def drawn(*lines: dict[str, Any], of: Any = TASK) -> Any:
    (figure,) = matrix_figures(of, lines)
    return figure


def test_cells_stand_row_by_row_in_the_lower_triangle() -> None:
    cells = drawn(KEEPS, FORGETS).panels[0].cells
    assert [((c.x - LEFT) // CELL, (c.y - TOP) // CELL) for c in cells] == [
        (0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2),
    ]  # fmt: skip


def test_every_cell_holds_its_figure_and_says_what_it_is() -> None:
    cells = drawn(FORGETS).panels[0].cells
    assert [c.text for c in cells] == [".95", ".30", ".95", ".12", ".30", ".95"]
    assert cells[3].in_words == "task 1 after task 3: 0.12"
    assert drawn(line("all", [[1.0], [0.0, 1.0], [0.5, 1.0, 1.0]])).panels[0].cells[1].text == ".00"


def test_one_scale_of_shades_serves_all_panels() -> None:
    # values from .12 to .95: the scale is .1 to 1, in ten shades of .09
    # .95 -> 9.4, q9; .85 -> 8.3, q8; .3 -> 2.2, q2; .12 -> .2, q0
    figure = drawn(KEEPS, FORGETS)
    assert figure.ends == ("0.1", "1")
    assert [c.shade for c in figure.panels[1].cells] == ["q9", "q2", "q9", "q0", "q2", "q9"]
    assert figure.panels[0].cells[3].shade == "q8"


def test_where_low_is_better_the_lowest_has_the_strongest_shade() -> None:
    of = task("losses", entries(2, "loss", "low"), ())
    figure = drawn(line("m", [[0.1], [2.0, 0.1]]), of=of)
    assert [c.shade for c in figure.panels[0].cells] == ["q9", "q0", "q9"]
    assert [c.text for c in figure.panels[0].cells] == ["0.10", "2.00", "0.10"]
    assert figure.ends == ("2", "0.1")


def test_a_figure_without_any_spread_is_drawn() -> None:
    assert drawn(line("m", [[0.5], [0.5, 0.5], [0.5, 0.5, 0.5]])).panels[0].cells[0].shade == "q0"


def test_panels_stand_in_the_order_of_the_lines_references_with_figures_among_them() -> None:
    joint = line("joint", [[1.0], [1.0, 1.0], [1.0, 1.0, 1.0]], kind="reference")
    floor = line("untouched", [], kind="reference")
    failed = line("failed", [])
    figure = drawn(joint, KEEPS, failed, FORGETS, floor)
    assert [p.row["method"] for p in figure.panels] == ["joint", "keeps", "failed", "forgets"]
    assert figure.panels[2].in_words == "no result"


def test_rows_that_were_skipped_have_no_panel_and_are_named() -> None:
    skipped = line("other", []) | {"statuses": "skipped:5", "runs": 5}
    failed = line("failed", []) | {"statuses": "skipped:4 timeout:1", "runs": 5}
    figure = drawn(KEEPS, skipped, failed)
    assert [p.row["method"] for p in figure.panels] == ["keeps", "failed"]
    assert figure.skipped == ("Other",)


def test_the_table_beside_has_a_group_for_each_row_of_the_matrix() -> None:
    groups = drawn(KEEPS).groups
    assert [g.title for g in groups] == ["after task 1", "after task 2", "after task 3"]
    assert [h.label for h in groups[2].headings] == ["1", "2", "3"]
    assert groups[2].headings[0].in_full == "Accuracy, task 1 after task 3"


def test_entries_that_a_tier_lacks_are_left_out() -> None:
    figure = drawn(line("m", [[0.9], [0.8, 0.9]]))
    assert figure.title == "Accuracy: each task, after task 1 to 2"
    assert [label for _, label in figure.columns] == ["1", "2"]


@pytest.mark.parametrize(("tasks", "wide"), [(5, False), (6, False), (10, True)])
def test_large_matrices_get_wider_panels(tasks: int, wide: bool) -> None:
    row = line("m", [[0.5] * n for n in range(1, tasks + 1)])
    assert drawn(row, of=task("large", entries(tasks), ())).wide is wide


def test_a_task_without_entries_has_no_figure() -> None:
    assert matrix_figures(task("plain", (metric("a"),), ("a",)), [KEEPS]) == []
    assert matrix_figures(TASK, [line("failed", [])]) == []
