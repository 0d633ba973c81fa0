"""reports.budgets: how much of a budget rows spend, against a case worked out by hand."""

from __future__ import annotations

from bench.metering.budget import Budget
from reports.budgets import budget_sentence

BUDGET = Budget(limits={"flops": 1e9}, seconds=200.0, memory=10**9)


def line(label, flops, seconds, memory=None):
    return {"label": label, "flops": flops, "seconds": seconds, "peak_memory": memory}


def test_it_says_the_middle_row_s_share_and_the_most_of_each_limit():
    # of 1e9: .1%, 3%, 61%; of 200 s: 1%, 2%, 50%; nothing is known of memory
    lines = [line("A", 1e6, 2.0), line("B", 6.1e8, 4.0), line("C", 3e7, 100.0)]
    assert budget_sentence(lines, BUDGET) == (
        "Half of its rows spend at most 3.0% of the FLOPs, the most 61% (B); "
        "2.0% of the wall time, the most 50% (C)."
    )


def test_without_rows_or_without_a_limit_nothing_is_said():
    assert budget_sentence([], BUDGET) == ""
    unbounded = Budget(limits={}, seconds=200.0, memory=10**9)
    assert "FLOPs" not in budget_sentence([line("A", 1.0, 2.0)], unbounded)
