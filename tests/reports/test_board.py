"""Rows, cells and scores; the rule for missing results."""

from dataclasses import replace

import pytest

from bench.records.record import Record
from reports.board import Board, boards
from reports.errors import ReportError
from reports.notes import ranked_over_note
from reports.tables import suite_table
from tests.reports.invented import (
    FAILURES,
    catalogue,
    floor_and_ceiling,
    metric,
    record,
    records,
    suite,
    task,
)

NEAR = task("near", (metric("held_in"), metric("held_out")), ("held_in", "held_out"))
SUITE = suite(tasks=(NEAR,))
CATALOGUE = catalogue(SUITE)


def single(made: list[Record]) -> Board:
    return boards(made, CATALOGUE, "invented", "small")[0]


def scores(made: list[Record], method: str) -> list[float]:
    row = next(r for r in single(made).rows if r.method == method)
    return [float(s) for s in row.cells["near"].scores]


def test_a_score_is_the_mean_of_its_normalised_metrics() -> None:
    # the floor of seed 2 is .5, the span of the means .9 - .5 = .4: held-in (.7 - .5) / .4 = .5,
    # held-out (.6 - .5) / .4 = .25, score .375
    made = [
        *floor_and_ceiling(NEAR),
        record("strong", "near", 2, {"held_in": 0.7, "held_out": 0.6}),
    ]
    assert scores(made, "strong")[2] == pytest.approx(0.375)


def test_a_score_is_held_against_its_own_seeds_floor() -> None:
    # floors .48, .49, .50, .51, .52: .7 is .55, .525, .5, .475, .45 of a span above them
    made = [
        *floor_and_ceiling(NEAR),
        *(record("strong", "near", s, {"held_in": 0.7, "held_out": 0.7}) for s in range(5)),
    ]
    assert scores(made, "strong") == pytest.approx([0.55, 0.525, 0.5, 0.475, 0.45])


@pytest.mark.parametrize("status", [status for status in FAILURES if status != "skipped"])
def test_a_run_without_a_result_scores_0_whatever_its_status(status: str) -> None:
    # the floor of seed 0 of two is .495: (.7 - .495) / .4 = .5125
    made = [
        *floor_and_ceiling(NEAR, seeds=2),
        record("strong", "near", 0, {"held_in": 0.7, "held_out": 0.7}),
        record("strong", "near", 1, status=status),
    ]
    assert scores(made, "strong") == pytest.approx([0.5125, 0.0])
    cell = single(made).rows[0].cells["near"]
    assert (cell.failed, cell.statuses) == (1, ("ok", status))


def test_a_run_without_a_result_scores_what_the_worst_row_does_where_that_is_below_the_floor() -> (
    None
):
    # the other row is at .3 on both seeds, the floors at .495 and .505: its mean is
    # (.3 - .5) / .4 = -.5, so that to crash is never better than to be worst
    made = [
        *floor_and_ceiling(NEAR, seeds=2),
        *(record("flaky", "near", s, {"held_in": 0.3, "held_out": 0.3}) for s in range(2)),
        record("strong", "near", 0, {"held_in": 0.7, "held_out": 0.7}),
        record("strong", "near", 1, status="crashed"),
    ]
    assert scores(made, "strong") == pytest.approx([0.5125, -0.5])


def test_a_method_that_cannot_do_a_task_has_not_failed_on_it() -> None:
    made = [
        *floor_and_ceiling(NEAR, seeds=2),
        *(record("strong", "near", s, {"held_in": 0.7, "held_out": 0.7}) for s in range(2)),
        *(record("flaky", "near", s, status="skipped") for s in range(2)),
    ]
    board = single(made)
    cell = next(r for r in board.rows if r.method == "flaky").cells["near"]
    assert (cell.failed, cell.skipped) == (0, True)
    assert [row.method for row in board.applicable(["near"])] == ["strong"]


FAR = task("far", (metric("held_in"), metric("held_out")), ("held_in", "held_out"))
FEW = task("few", (metric("held_in"), metric("held_out")), ("held_in", "held_out"))


def three_tasks(able: dict[str, list[str]]) -> Board:
    """A board of rows that can do some of its three tasks and are skipped on the others."""
    tasks = (NEAR, FAR, FEW)
    made = [r for each in tasks for r in floor_and_ceiling(each, seeds=2)]
    for method, can in able.items():
        for name in (each.name for each in tasks):
            for seed in range(2):
                done = {"held_in": 0.7, "held_out": 0.7}
                made.append(
                    record(method, name, seed, done)
                    if name in can
                    else record(method, name, seed, status="skipped")
                )
    several = suite(tasks=tasks)
    return boards(made, catalogue(several), "invented", "small")[0]


SOME = {
    "strong": ["near", "far"],
    "weak": ["near", "far"],
    "flaky": ["far", "few"],
    "odd": ["near"],
}
"""Of which three each can do `near` and `far`, two of them both, and one can do `few`."""


def test_rows_are_ranked_together_over_the_most_rows_times_tasks() -> None:
    # at least 1 row: near, far, few, and 0 rows do all three: 3 x 0 = 0
    # at least 3 rows: near, far, and 2 rows do both:          2 x 2 = 4
    board = three_tasks(SOME)
    assert board.scored == ("near", "far", "few")
    assert board.ranked == ("near", "far")
    assert [row.method for row in board.applicable(board.ranked)] == ["strong", "weak"]
    assert ranked_over_note(board) == (
        "Ranked over near and far, which 2 of 4 rows can do: the most rows times tasks. Each other "
        "task has a ranking of its own."
    )


def test_a_task_that_only_others_can_do_doesnt_hide_what_a_few_can_do_together() -> None:
    # two rows can do near and far, three can do few alone: 2 x 2 = 4 figures are more than 3 x 1
    able = {"a": ("near", "far"), "b": ("near", "far"), "c": ("few",), "d": ("few",), "e": ("few",)}
    assert three_tasks(able).ranked == ("near", "far")


def test_where_all_can_do_all_they_are_ranked_over_all_and_nothing_is_said() -> None:
    board = three_tasks({"strong": ["near", "far", "few"], "weak": ["near", "far", "few"]})
    assert board.ranked == board.scored
    assert ranked_over_note(board) == ""


def test_a_task_that_half_of_them_can_do_is_left_out_where_that_ranks_more() -> None:
    # at least 2 rows: near, far, few, done by 2: 3 x 2 = 6
    # at least 3 rows: near, far, done by 3:      2 x 3 = 6, so no; with a fourth, 2 x 4 = 8
    able = {"strong": ["near", "far", "few"], "weak": ["near", "far", "few"]}
    able |= {"flaky": ["near", "far"]}
    assert three_tasks(able).ranked == ("near", "far", "few")
    able |= {"odd": ["near", "far"]}
    assert three_tasks(able).ranked == ("near", "far")


def test_where_no_row_can_do_what_others_can_all_tasks_count() -> None:
    board = three_tasks({"strong": ["near"], "weak": ["far"], "flaky": ["few"]})
    assert board.ranked == ("near", "far", "few")


def test_the_suites_table_has_coverage_of_its_ranking_and_scores_of_every_task() -> None:
    board = three_tasks(SOME)
    rows = {row["method"]: row for row in suite_table([board]).rows()}
    assert [rows[name]["coverage"] for name in ("strong", "flaky", "odd")] == [
        "",
        "1 of 2",
        "1 of 2",
    ]
    assert rows["flaky"]["score.few"] == pytest.approx(0.5)
    assert {name for name, row in rows.items() if row["rank"]} == {"strong", "weak"}


def test_a_run_that_was_never_made_scores_0_and_is_called_missing() -> None:
    made = [
        *floor_and_ceiling(NEAR, seeds=3),
        record("strong", "near", 1, {"held_in": 0.9, "held_out": 0.9}),
    ]
    assert scores(made, "strong") == pytest.approx([0.0, 1.0, 0.0])
    assert single(made).rows[0].cells["near"].statuses == ("missing", "ok", "missing")


def test_methods_are_paired_on_every_seed_that_anyone_has() -> None:
    made = [
        *floor_and_ceiling(NEAR, seeds=2),
        record("strong", "near", 4, {"held_in": 0.9, "held_out": 0.9}),
        record("flaky", "near", 7, {"held_in": 0.9, "held_out": 0.9}),
    ]
    assert {row.cells["near"].seeds for row in single(made).rows} == {(0, 1, 4, 7)}


def test_a_failed_seed_of_a_reference_is_left_out_of_the_scale() -> None:
    # the floor's other seeds 0..3 have .48, .49, .50, .51, mean .495: the span is .9 - .495, and
    # seed 4, whose floor isn't known, is held against that mean
    made = floor_and_ceiling(NEAR)
    last = next(i for i, r in enumerate(made) if r.method == "untouched" and r.seed == 4)
    made[last] = record("untouched", "near", 4, kind="reference", track="", status="crashed")
    made += [record("strong", "near", s, {"held_in": 0.7, "held_out": 0.7}) for s in (0, 4)]
    found = scores(made, "strong")
    assert found[0] == pytest.approx((0.7 - 0.48) / (0.9 - 0.495))
    assert found[4] == pytest.approx((0.7 - 0.495) / (0.9 - 0.495))


def test_a_task_without_its_floor_has_no_score_and_says_what_to_run() -> None:
    made = [record("strong", "near", 0, {"held_in": 0.7, "held_out": 0.6})]
    board = single(made)
    assert board.scored == ()
    assert "--task near --method untouched --tier small" in board.unscored["near"]


def test_a_ceiling_below_the_floor_leaves_the_task_unscored_with_the_reason() -> None:
    made = [
        replace(r, metrics=dict.fromkeys(r.metrics, 0.3)) if r.method == "joint" else r
        for r in floor_and_ceiling(NEAR)
    ]
    assert "isn't beyond the floor" in single(made).unscored["near"]


def test_an_ok_record_without_its_scored_metric_is_an_error() -> None:
    made = [*floor_and_ceiling(NEAR), record("strong", "near", 0, {"held_in": 0.7})]
    with pytest.raises(ReportError, match="lacks the metric 'held_out'"):
        single(made)


def test_tracks_have_boards_of_their_own_and_references_stand_in_each() -> None:
    whole = suite()
    found = boards(records(whole), catalogue(whole), "invented", "small")
    assert [b.track.name for b in found] == ["single", "many"]
    assert [r.method for r in found[1].rows] == ["many_models"]
    assert all({r.method for r in b.references} == {"joint", "untouched"} for b in found)


def test_a_method_that_no_file_declares_still_has_a_row() -> None:
    made = [*floor_and_ceiling(NEAR), record("mine", "near", 0, {"held_in": 0.7, "held_out": 0.6})]
    row = single(made).rows[0]
    assert (row.title, row.declared) == ("mine", None)


def test_records_of_references_alone_make_a_board_without_rows() -> None:
    board = single(floor_and_ceiling(NEAR))
    assert board.rows == ()
    assert len(board.references) == 2


def test_a_tuned_row_needs_validation_besides_what_its_method_declares() -> None:
    of = suite()
    needs = {
        (row.method, row.variant): row.needs
        for board in boards(records(of), catalogue(of), of.name, "small")
        for row in board.rows
        if row.kind == "method"
    }
    tuned = [name for name, variant in needs if variant == "tuned"]
    assert tuned
    for name in tuned:
        declared = needs[name, "default"]
        assert needs[name, "tuned"] == tuple(dict.fromkeys((*declared, "validation")))
        assert "validation" in needs[name, "tuned"]
