"""reports.edges: how often tuning ended at the edge of a grid."""

from dataclasses import replace

from bench.records.record import Record
from reports.edges import edges_table


def record(chosen, tried=(0.1, 0.2, 0.3, 0.4), **details):
    """A tuned run that chose a scale of those tried."""
    return Record(
        key="k",
        suite="merging",
        task="t",
        task_version=1,
        tier="small",
        method="m",
        variant="tuned",
        seed=0,
        kind="method",
        track="single",
        params={},
        status="ok",
        details={
            "chosen": {"scale": chosen},
            "validation": [{"params": {"scale": value}, "accuracy": 0.5} for value in tried],
            **details,
        },
    )


def rows(*records):
    return edges_table(records).rows()


def test_five_runs_by_hand():
    # lowest .1 twice, highest .4 once, inside twice: 3 of 5 at an edge, more than half
    (row,) = rows(*(record(chosen) for chosen in (0.1, 0.1, 0.4, 0.2, 0.3)))
    assert (row["runs"], row["lowest"], row["highest"]) == (5, 2, 1)
    assert (row["share"], row["widen"], row["tried"]) == (0.6, "yes", "0.1 to 0.4")


def test_half_of_the_runs_is_not_more_than_half():
    (row,) = rows(record(0.1), record(0.2))
    assert (row["share"], row["widen"]) == (0.5, "")


def test_the_edge_is_that_of_what_was_tried_then():
    # .3 was the last value of a grid that has been widened since.
    (row,) = rows(record(0.3, tried=(0.1, 0.2, 0.3)), record(0.3))
    assert (row["lowest"], row["highest"]) == (0, 1)


def test_two_values_truth_values_and_words_have_no_inside():
    assert rows(record(0.1, tried=(0.1, 0.2))) == []
    assert rows(record(True, tried=(True, False))) == []
    assert rows(record("a", tried=("a", "b", "c"))) == []


def test_a_run_of_several_problems_counts_once_for_each():
    several = record(0.1)
    details = {
        "validation": several.details["validation"],
        "problems": [{"chosen": {"scale": 0.1}}, {"chosen": {"scale": 0.3}}, {"experts": 2}],
    }
    (row,) = rows(replace(several, details=details))
    assert (row["runs"], row["lowest"], row["highest"]) == (2, 1, 0)


def test_runs_that_tuned_nothing_are_left_out():
    assert rows(replace(record(0.1), details={"cells": []})) == []
