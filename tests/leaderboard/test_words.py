"""Sentences on pages: names are bold and escaped, failures are counted."""

from leaderboard.findings import failures, findings
from tests.reports.test_sentences import board, method


def test_names_are_bold_and_escaped() -> None:
    only = board(method("<i>", [0.9, 0.8, 0.9]))
    assert findings(only, only.scored) == ["<b>&lt;I&gt;</b> is the only method here."]


def test_failures_are_counted_or_not_mentioned() -> None:
    assert failures(13, 1090) == "13 of 1,090 runs have no result."
    assert failures(0, 90) == ""
