"""reports.notes: the sentences under tables."""

from __future__ import annotations

from dataclasses import replace

from bench.contract.suite import Need
from reports.notes import contradictions_note, skipped_note
from reports.ranking import ranking
from tests.reports.invented import metric, suite, task
from tests.reports.test_sentences import around, board, method

NEEDS = (
    Need(name="condition", title="a condition", meaning="The target depends on something."),
    Need(name="support", title="a support set", meaning="A few examples."),
)
TASK = replace(task("compress", (metric("a"),), ("a",)), offers=())


def row(label: str, needs: str, statuses: str, kind: str = "method") -> dict[str, str]:
    return {"label": label, "needs": needs, "statuses": statuses, "kind": kind, "runs": "5"}


def test_skipped_methods_are_named_with_what_the_task_lacks() -> None:
    of = replace(suite(tasks=(TASK,)), needs=NEEDS, tuning_need="")
    rows = [
        row("MIP", "condition", "skipped:5"),
        row("HyperShot", "condition support", "skipped:5"),
        row("Plain", "condition", "skipped:5"),
        row("PRANC", "", ""),
        row("Guess", "", "", "reference"),
    ]
    assert skipped_note(of, TASK, rows) == (
        "Skipped on this task: MIP, Plain (lacks a condition); HyperShot (lacks a condition, a "
        "support set)."
    )
    offering = replace(TASK, offers=("condition",))
    assert skipped_note(of, offering, rows[1:2]) == (
        "Skipped on this task: HyperShot (lacks a support set)."
    )


def test_nothing_is_said_where_nothing_was_skipped() -> None:
    assert skipped_note(suite(tasks=(TASK,)), TASK, [row("PRANC", "", "crashed:5")]) == ""


def test_a_row_that_is_surely_better_than_one_of_its_own_rank_is_named() -> None:
    made = board(method("a", around(0.9)), method("b", around(0.5)))
    first, second = ranking(made, ("near",))
    tied = replace(second, place=first.place)
    made.rankings["ranking", "near"] = [replace(first, over=("B",)), tied]
    assert (
        contradictions_note(made, ("near",)) == "Surely better within one rank: A than B (rank 1)."
    )
    made.rankings["ranking", "near"] = [first, second]
    assert contradictions_note(made, ("near",)) == ""
