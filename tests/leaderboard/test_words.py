"""Sentences on pages: names are bold and escaped, failures are counted."""

from leaderboard.findings import failures, findings
from tests.reports.invented import record
from tests.reports.test_sentences import board, method


def test_names_are_bold_and_escaped() -> None:
    only = board(method("<i>", [0.9, 0.8, 0.9]))
    assert findings(only, only.scored) == ["<b>&lt;I&gt;</b> is the only method here."]


def test_failures_are_counted_or_not_mentioned() -> None:
    ok = [record("a", seed=seed, metrics={"m": 0.5}) for seed in range(3)]
    crashed = [record("b", seed=seed, status="crashed") for seed in range(2)]
    assert failures([*ok, *crashed]) == "2 of 5 runs have no result."
    assert failures(ok) == ""


def test_a_skipped_run_is_never_one_without_a_result() -> None:
    skipped = record("c", status="skipped")
    assert failures([skipped]) == ""
    assert failures([skipped, record("b", status="crashed")]) == "1 of 1 runs have no result."
