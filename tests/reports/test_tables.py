"""Frames from records."""

import random
from math import isnan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.records.record import Record
from reports.board import boards
from reports.ranking import rank
from reports.runs import runs_table
from reports.tables import heat_map, quality_against_cost, suite_table, task_table
from tests.reports.invented import (
    catalogue,
    curved_task,
    floor_and_ceiling,
    metric,
    record,
    records,
    suite,
    task,
)

SUITE = suite()
CATALOGUE = catalogue(SUITE)
RECORDS = records(SUITE)
TWO = suite(
    tasks=(
        task("near", (metric("held_in"),), ("held_in",)),
        task("far", (metric("held_in"),), ("held_in",)),
    )
)


def invented_boards(made: list[Record]):
    return boards(made, CATALOGUE, "invented", "small")


def by_method(table, track: str = "single"):
    return {(r["method"], r["variant"]): r for r in table.rows() if r["track"] == track}


def small_case() -> list[Record]:
    """Two tasks of two seeds; a scores 1 everywhere but one failure, b scores 0.5."""
    made = []
    for one in TWO.tasks:
        made += floor_and_ceiling(one, seeds=2)
        for seed in range(2):
            made.append(record("a", one.name, seed, {"held_in": 0.9}))
            made.append(record("b", one.name, seed, {"held_in": 0.7}))
    failed = next(r for r in made if (r.method, r.task, r.seed) == ("a", "far", 1))
    failed.status, failed.metrics = "timeout", {}
    return made


def test_the_suites_score_is_the_mean_over_tasks_with_failures_as_0() -> None:
    # floors .495 and .505: a has 1.0125 and .9875 on near, on far 1.0125 and a failure, 0:
    # mean (1 + .50625) / 2 = .753125; b has .5 and .5
    # ranks in the four cells: a 1, 1, 1, 2 (mean 1.25), b 2, 2, 2, 1 (mean 1.75)
    rows = by_method(suite_table(boards(small_case(), catalogue(TWO), "invented", "small")))
    a, b = rows["a", "default"], rows["b", "default"]
    assert (a["score"], b["score"]) == pytest.approx((0.753125, 0.5))
    assert (a["mean_rank"], b["mean_rank"]) == pytest.approx((1.25, 1.75))
    assert (a["failed"], a["tasks_failed"], a["statuses"]) == (1, 1, "timeout:1")
    assert (b["failed"], b["tasks_failed"], b["statuses"]) == (0, 0, "")


def test_references_are_unranked_and_stand_at_their_score() -> None:
    rows = [r for r in suite_table(invented_boards(RECORDS)).rows() if r["track"] == "single"]
    assert rows[0]["method"] == "joint"
    assert rows[0]["score"] == pytest.approx(1.0)
    place = [r["method"] for r in rows].index("untouched")
    assert rows[place]["rank"] is None
    assert rows[place - 1]["score"] > 0 > rows[place + 1]["score"]


def test_a_table_is_a_pandas_frame_with_typed_columns() -> None:
    table = suite_table(invented_boards(RECORDS))
    assert list(table.frame.columns) == list(table.names)
    assert len(table.frame) == len(table.rows())
    kinds = table.frame.dtypes.astype(str)
    assert (kinds["rank"], kinds["tied"], kinds["score"]) == ("Int64", "boolean", "float64")
    assert table.frame["score"].isna().sum() == 0


def test_each_track_starts_at_rank_1() -> None:
    table = suite_table(invented_boards(RECORDS))
    assert by_method(table)["even_stronger", "default"]["rank"] == 1
    assert by_method(table, "many")["many_models", "default"]["rank"] == 1


def test_default_and_tuned_are_two_rows() -> None:
    rows = by_method(suite_table(invented_boards(RECORDS)))
    assert rows["tunable", "tuned"]["score"] > rows["tunable", "default"]["score"]


def test_a_row_shows_the_weakest_standing_of_its_records() -> None:
    rows = by_method(suite_table(invented_boards(RECORDS)))
    assert rows["strong", "default"]["standing"] == "self-reported"


def test_the_interval_holds_the_score_and_the_ranks_their_rank() -> None:
    for row in suite_table(invented_boards(RECORDS)).rows():
        if row["rank"] is not None:
            assert row["score_low"] <= row["score"] <= row["score_high"]
            assert 1 <= row["rank_low"] == row["rank"] <= row["rank_high"]


def test_every_row_but_the_lead_tells_how_far_it_is_behind() -> None:
    # near: a - b = .5 on both seeds; far: .5125 and b's failure-free .5 against a's 0: see above
    rows = by_method(suite_table(boards(small_case(), catalogue(TWO), "invented", "small")))
    a, b = rows["a", "default"], rows["b", "default"]
    assert (a["behind"], a["behind_in"]) == (0, "")
    assert (b["behind"], b["behind_in"]) == (pytest.approx(0.5 - 0.753125), "score")
    assert b["behind_low"] is None  # of two seeds
    for row in suite_table(invented_boards(RECORDS)).rows():
        if row["rank"] is not None and row["behind_in"]:
            assert row["behind_low"] < row["behind"] < row["behind_high"]


def test_a_tasks_table_has_students_interval_of_each_metric() -> None:
    # held_in of the floor: 0.48, 0.49, 0.50, 0.51, 0.52: mean 0.5, deviation 0.015811,
    # half-width 2.7764 * 0.015811 / sqrt(5) = 0.019632
    row = by_method(task_table(invented_boards(RECORDS), SUITE.task("near")))[
        "untouched", "default"
    ]
    assert row["metric.held_in"] == pytest.approx(0.5)
    assert row["metric.held_in_high"] == pytest.approx(0.519632, abs=1e-5)


def test_metrics_average_the_seeds_that_finished_while_the_score_counts_the_others() -> None:
    # flaky finished one of five seeds of far
    row = by_method(task_table(invented_boards(RECORDS), SUITE.task("far")))["flaky", "default"]
    done = next(r for r in RECORDS if (r.method, r.task, r.seed) == ("flaky", "far", 0))
    assert row["metric.held_in"] == pytest.approx(done.metrics["held_in"])
    # seed 0's floor is .48; the four that failed count as the task's worst row, which is useless
    worst = by_method(task_table(invented_boards(RECORDS), SUITE.task("far")))["useless", "default"]
    done_scores = (done.metrics["held_in"] - 0.48) / 0.4
    assert row["score"] == pytest.approx((done_scores + 4 * worst["score"]) / 5)
    assert row["failed"] == 4


def test_a_task_without_a_scale_has_metrics_and_no_ranks() -> None:
    made = [r for r in RECORDS if r.method != "joint"]
    table = task_table(invented_boards(made), SUITE.task("near"))
    assert all(row["rank"] is None and row["score"] is None for row in table.rows())
    assert by_method(table)["strong", "default"]["metric.held_in"] is not None
    assert any("no score" in note for note in table.notes)


def test_quality_against_cost_marks_the_front() -> None:
    # costs: useless 2e6 < tunable 6.3e7 < strong 3.4e9 < even_stronger 2.1e10 < flaky 8.8e10;
    # tunable's default costs what its tuned row does and scores less
    table = quality_against_cost(invented_boards(RECORDS)[0], ["near", "far", "curve"])
    front = {(r["method"], r["variant"]): r["pareto"] for r in table.rows()}
    assert front["useless", "default"]
    assert front["tunable", "tuned"]
    assert front["strong", "default"]
    assert front["even_stronger", "default"]
    assert not front["flaky", "default"]
    assert not front["tunable", "default"]


def test_the_heat_map_counts_failed_seeds() -> None:
    rows = {r["method"]: r for r in heat_map(invented_boards(RECORDS)[0]).rows()}
    assert (rows["flaky"]["far_failed"], rows["flaky"]["far_seeds"]) == (4, 5)
    assert "missing:1" in rows["flaky"]["curve_statuses"]


def test_every_record_is_a_row_of_the_runs_failures_included() -> None:
    rows = runs_table(RECORDS).rows()
    assert len(rows) == len(RECORDS)
    assert {r["status"] for r in rows} == {r.status for r in RECORDS}


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(shuffled: random.Random) -> None:
    made = list(RECORDS)
    shuffled.shuffle(made)
    assert suite_table(invented_boards(made)).rows() == suite_table(invented_boards(RECORDS)).rows()


@settings(max_examples=10, deadline=None)
@given(st.floats(-3, 3), st.floats(0.5, 20))
def test_ranks_and_scores_do_not_depend_on_a_metrics_unit(shift: float, factor: float) -> None:
    one = suite(tasks=(task("near", (metric("held_in"),), ("held_in",)),))
    made = [r for r in records(one) if r.task == "near"]
    changed = [Record.from_json(r.to_json()) for r in made]
    for r in changed:
        r.metrics = {n: factor * v + shift for n, v in r.metrics.items()}
    plain, other = (
        rank(boards(m, catalogue(one), "invented", "small")[0].rows, ["near"])
        for m in (made, changed)
    )
    assert [(r.row.name, r.place) for r in plain] == [(r.row.name, r.place) for r in other]
    assert [r.score.mean for r in plain] == pytest.approx([r.score.mean for r in other], abs=1e-6)


def test_a_single_run_has_a_score_and_no_interval() -> None:
    one = suite(tasks=(task("near", (metric("held_in"),), ("held_in",)),))
    made = [
        *floor_and_ceiling(one.tasks[0], seeds=1),
        record("a", "near", 0, {"held_in": 0.9}),
        record("b", "near", 0, {"held_in": 0.6}),
    ]
    ranked = rank(boards(made, catalogue(one), "invented", "small")[0].rows, ["near"])
    assert [r.score.mean for r in ranked] == pytest.approx([1.0, 0.25])
    assert all(isnan(r.score.low) for r in ranked)
    assert [(r.place.rank, r.place.last) for r in ranked] == [
        (1, 2)
    ] * 2  # one pair separates nobody


def test_points_of_curves_stand_in_the_rows_and_in_no_column_that_is_shown() -> None:
    one = suite(tasks=(curved_task(),))
    made = records(one)
    table = task_table(boards(made, catalogue(one), "invented", "small"), one.tasks[0])
    strong = by_method(table)["strong", "default"]
    assert strong["metric.held_in_8"] == pytest.approx(
        sum(r.metrics["held_in_8"] for r in made if r.method == "strong") / 5
    )
    points = ("metric.held_in_", "metric.held_out_")
    for shown in (table, runs_table(made, one.tasks[0])):
        assert any(name.startswith(points) for name in shown.names)
        assert not any(column.name.startswith(points) for column in shown.columns)
