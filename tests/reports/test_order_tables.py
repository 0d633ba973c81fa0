"""What tables say of a ranking by several metrics: rule, columns, where references stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.board import boards
from reports.formats import as_text
from reports.tables import suite_table, task_table
from tests.reports.invented import catalogue
from tests.reports.invented_order import (
    EARLY,
    FAILING,
    LATE,
    MIXED,
    ONE,
    ORDER,
    STEADY,
    UNSURE,
    board,
    of,
    scale,
)


def test_tables_tell_of_each_ranking_what_it_is_by() -> None:
    found = board([*FAILING, *STEADY], MIXED)
    first, second = (task_table([found], task) for task in MIXED.tasks)
    assert first.notes[0].startswith("Ranked by failures")
    for table in (second, suite_table([found])):
        assert not any(note.startswith("Ranked by") for note in table.notes)
        assert "order.failures" not in {c.name for c in table.columns}
        assert [r["method"] for r in table.rows()] == ["joint", "a", "b", "untouched"]


def test_tracks_ranked_by_different_things_each_say_so() -> None:
    # one track has both tasks, the other the first alone
    others = [
        *of("c", failures=[0.2] * 3, quality=[0.9 + u for u in UNSURE]),
        *of("d", failures=[0.0] * 3, quality=[0.5 - u for u in UNSURE]),
    ]
    others = [replace(record, track="many") for record in others]
    made = [*scale(MIXED), *FAILING, *STEADY, *others]
    table = suite_table(boards(made, catalogue(MIXED), "invented", "small"))
    assert table.notes[0].startswith("Many models: Ranked by failures")
    assert [note.split(":")[0] for note in table.notes[1:3]] == ["Single model", "Many models"]
    assert [r["method"] for r in table.rows() if r["kind"] == "method"] == [*"ab", *"dc"]


def test_the_metrics_stand_after_the_methods_name_and_the_score_among_them() -> None:
    tables = (
        suite_table([board([*LATE, *EARLY])]),
        task_table([board([*LATE, *EARLY])], ONE.tasks[0]),
    )
    for table in tables:
        titles = [column.title for column in table.columns]
        assert titles[:5] == ["Rank", "Method", "Failures", "Score: quality", "Sensitivity"]
        row = next(r for r in table.rows() if r["method"] == "a")
        assert [row[f"order.{name}"] for name in ORDER] == pytest.approx([0.2, 0.9, 0.1])


def test_what_is_not_applicable_is_a_dash_and_counted_where_it_is_in_part() -> None:
    nowhere = of("a", failures=[0.0] * 3, quality=[0.9] * 3)
    partly = of("b", failures=[0.5] * 3, quality=[0.9] * 3, sensitivity=[0.2, None, 0.2])
    text = as_text(replace(suite_table([board([*nowhere, *partly])]), said=dict))
    columns = text.splitlines()[2].split("  ")
    assert "Sensitivity" in [c.strip() for c in columns]
    body = text.splitlines()[4:8]
    lines = {name: line for line in body for name in "ab" if f" {name} " in line}
    assert "–  " in lines["a"]
    assert "0.200, – in 1" in lines["b"]


def test_the_rules_stand_under_the_table() -> None:
    failed = [replace(r, status="crashed", metrics={}) if r.seed == 0 else r for r in LATE]
    notes = suite_table([board([*failed, *EARLY])]).notes
    assert notes[0] == (
        "Ranked by failures (low is better), then quality (0 at the floor, 1 at the ceiling), then "
        "sensitivity (low is better), each the mean over tasks of the mean over seeds. Not "
        "applicable (–) ranks after every number; the fewer such runs, the better."
    )
    assert "Every two rows are tested in each of these (moderated paired t-test" in notes[1]
    assert notes[3].startswith(
        "† A run that failed or was never made counts as the worst that it could be (failures 1, "
        "quality the lower of 0 and the task's worst row, sensitivity not applicable) and stays in "
        "every mean"
    )


def test_references_stand_in_the_order_too() -> None:
    # the floor (failures 1) stays under a, whose quality is below its own, and under c
    low = of("a", failures=[0.0] * 3, quality=[-0.1 + u for u in UNSURE])
    high = of("c", failures=[0.4] * 3, quality=[0.1 - u for u in UNSURE])
    rows = suite_table([board([*low, *high])]).rows()
    assert [row["method"] for row in rows] == ["joint", "a", "c", "untouched"]
    # a ceiling that fails in a fifth of its runs is worse than a, and better than c
    references = scale(ONE)
    for record in references:
        if record.method == "joint":
            record.metrics["failures"] = 0.2
    found = boards([*references, *low, *high], catalogue(ONE), "invented", "small")
    assert [r["method"] for r in suite_table(found).rows()] == ["a", "joint", "c", "untouched"]


def test_a_reference_without_the_first_metric_stands_at_its_score() -> None:
    references = scale(ONE)
    for record in references:
        del record.metrics["failures"]
    high = of("c", failures=[0.4] * 3, quality=[0.9] * 3)
    found = boards([*references, *high], catalogue(ONE), "invented", "small")
    assert [r["method"] for r in suite_table(found).rows()] == ["joint", "c", "untouched"]


def test_a_tasks_table_shows_no_metric_twice() -> None:
    columns = [c.name for c in task_table([board(LATE)], ONE.tasks[0]).columns]
    assert "metric.failures" not in columns
    assert "metric.quality" in columns  # the score is another figure: normalised
