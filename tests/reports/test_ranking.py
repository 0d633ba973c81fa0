"""What is averaged over seeds and tasks."""

from dataclasses import replace
from math import isnan

import pytest

from bench.records.record import Record
from reports.board import Row, boards
from reports.costs import mean_cost, weakest_standing
from reports.ranking import rank, reference_score
from tests.reports.invented import catalogue, floor_and_ceiling, metric, record, suite, task

SUITE = suite(
    tasks=(
        task("near", (metric("held_in"),), ("held_in",)),
        task("far", (metric("held_in"),), ("held_in",)),
    )
)
SCALE = [r for one in SUITE.tasks for r in floor_and_ceiling(one, seeds=2)]


def spent(task_name: str, seed: int, flops: float, status: str = "ok") -> Record:
    metrics = {"held_in": 0.7} if status == "ok" else {}
    return record("a", task_name, seed, metrics, status=status, cost={"flops": flops})


def row(*made: Record) -> Row:
    return boards([*SCALE, *made], catalogue(SUITE), "invented", "small")[0].rows[0]


def test_a_cost_is_the_mean_over_tasks_of_the_mean_over_runs() -> None:
    # near (10 + 30) / 2 = 20, far (100 + 100) / 2 = 100, mean 60
    one = row(
        spent("near", 0, 10), spent("near", 1, 30), spent("far", 0, 100), spent("far", 1, 100)
    )
    assert mean_cost(one, ["near", "far"], "flops") == 60


def test_a_stopped_run_counts_with_what_it_spent_and_a_skipped_one_not_at_all() -> None:
    stopped = row(spent("near", 0, 10), spent("near", 1, 50, "over_budget"))
    assert mean_cost(stopped, ["near"], "flops") == 30
    skipped = row(spent("near", 0, 10), spent("near", 1, 0, "skipped"))
    assert mean_cost(skipped, ["near"], "flops") == 10


def test_a_cost_that_no_record_states_is_unknown() -> None:
    assert isnan(mean_cost(row(spent("near", 0, 10)), ["near"], "peak_memory"))


def test_a_references_score_is_the_mean_over_the_tasks_that_it_has() -> None:
    board = boards([*SCALE, spent("near", 0, 1)], catalogue(SUITE), "invented", "small")[0]
    joint = next(r for r in board.references if r.method == "joint")
    assert reference_score(joint, ["near"]).mean == pytest.approx(1.0)
    assert isnan(reference_score(joint, []).mean)


def test_the_weakest_standing_stands_for_a_row() -> None:
    made = [
        replace(spent("near", seed, 1), standing=standing)
        for seed, standing in enumerate(("maintainer-run", "reproduced"))
    ]
    assert weakest_standing(row(*made), ["near"]) == "reproduced"


def test_on_one_task_the_score_has_students_interval() -> None:
    # floors .495 and .505, span .4: scores .5125 and .9875: mean .75, deviation .335876
    # half-width 12.706 * .335876 / sqrt(2) = 12.706 * .2375 = 3.0177
    made = [record("a", "near", 0, {"held_in": 0.7}), record("a", "near", 1, {"held_in": 0.9})]
    score = rank([row(*made)], ["near"])[0].score
    assert (score.mean, score.high) == pytest.approx((0.75, 0.75 + 3.0177), abs=1e-4)


def test_no_rows_have_no_ranks() -> None:
    assert rank([], ["near"]) == []
