"""Findings follow from the data alone."""

from dataclasses import replace

import numpy as np
import pytest

from leaderboard.findings import failures, findings
from reports.board import Cell, Row
from reports.criteria import Criterion
from reports.ranking import rank
from tests.reports.invented import record


def ordered(name: str, **values: list[float]) -> Row:
    """A row that is ranked by those metrics: failures are better low."""
    found = row(name, values["quality"])
    ordering = tuple(
        Criterion(n, n.capitalize(), "low" if n == "failures" else "high", np.array(v))
        for n, v in values.items()
    )
    cell = replace(found.cells["near"], ordering=ordering)
    return replace(found, cells={"near": cell})


def row(name: str, scores: list[float], flops: float = 1e9) -> Row:
    made = tuple(record(name, "near", i, {"m": s}) for i, s in enumerate(scores))
    for one in made:
        one.cost["flops"] = flops
    cell = Cell("near", tuple(range(len(scores))), made, np.array(scores), {})
    return Row(name, "default", "method", name.upper(), "", "", (), None, {"near": cell})


def said(*rows: Row) -> str:
    return " ".join(findings(rank(rows, ["near"]), ["near"]))


NOISE = np.array([0.01, -0.01, 0.02, -0.02, 0.0])


def around(level: float, sign: int = 1) -> list[float]:
    return list(level + sign * NOISE)


def test_a_sole_leader_is_named_with_its_distance() -> None:
    assert said(row("a", around(0.9)), row("b", around(0.4))) == (
        "<b>A</b> leads alone, by 0.50. <b>B</b> comes next."
    )


def test_tied_leaders_are_named_together_with_the_number_of_paired_runs() -> None:
    text = said(row("a", around(0.9)), row("b", around(0.899, -1)), row("c", around(0.4)))
    assert text.startswith("<b>A</b> and <b>B</b> lead, and 5 paired runs each can’t separate them")


def test_where_nothing_can_be_separated_that_is_the_finding() -> None:
    text = said(row("a", [0.9]), row("b", [0.2]))
    assert text == "<b>A</b> comes first, but one paired run can’t separate any method from it."


def test_a_far_cheaper_method_that_keeps_half_of_the_score_is_named() -> None:
    # 3e9 / 1e7 = 300; 0.45 / 0.9 = 50%
    text = said(row("a", around(0.9), 3e9), row("b", around(0.45), 1e7))
    assert "For a 300th of the lead’s FLOPs, <b>B</b> keeps 50% of its score." in text


@pytest.mark.parametrize(("score", "flops"), [(0.44, 1e7), (0.6, 1e9)])
def test_a_method_that_keeps_less_or_costs_more_is_not(score: float, flops: float) -> None:
    assert "keeps" not in said(row("a", around(0.9), 3e9), row("b", around(score), flops))


def test_a_leader_by_several_metrics_is_named_with_the_first_in_which_it_is_ahead() -> None:
    first = ordered("a", failures=[0.1] * 5, quality=around(0.5))
    second = ordered("b", failures=[0.3] * 5, quality=around(0.9))
    assert said(first, second).startswith(
        "<b>A</b> leads alone: failures 0.100, the next one 0.300."
    )


def test_a_share_of_the_score_is_no_finding_where_rows_are_ranked_by_several_metrics() -> None:
    first = ordered("a", failures=[0.1] * 5, quality=around(0.9))
    cheap = ordered("b", failures=[0.9] * 5, quality=around(0.8))
    for run in cheap.cells["near"].finished:
        run.cost["flops"] = 1e6
    assert "keeps" not in said(first, cheap)


def test_methods_below_the_floor_are_named() -> None:
    assert "<b>B</b> ends below the floor." in said(row("a", around(0.9)), row("b", around(-0.3)))


def test_one_method_leads_nobody() -> None:
    assert said(row("a", around(0.9))) == "<b>A</b> is the only method here."


def test_names_are_escaped() -> None:
    assert "<b>&lt;I&gt;</b>" in said(row("<i>", around(0.9)))


def test_failures_are_counted_or_not_mentioned() -> None:
    assert failures(13, 1090) == "13 of 1,090 runs have no result."
    assert failures(0, 90) == ""


def on_two_tasks(name: str, level: float, far: str) -> Row:
    """A row on `near` and `far`; the runs on `far` have that status."""
    found = row(name, around(level))
    made = tuple(replace(r, task="far", status=far) for r in found.cells["near"].finished)
    scores = np.array(around(level)) if far == "ok" else np.zeros(5)
    cell = Cell("far", tuple(range(5)), made, scores, {})
    return replace(found, cells={**found.cells, "far": cell})


def test_rows_that_were_skipped_on_a_task_are_counted() -> None:
    rows = [on_two_tasks("a", 0.5, "ok"), on_two_tasks("b", 0.9, "skipped")]
    tasks = ["near", "far"]
    assert (
        "1 of 2 rows runs on all 2 tasks; the others lack what one needs, and count as the worst "
        "there."
    ) in findings(rank(rows, tasks), tasks)
    failed = [on_two_tasks("a", 0.5, "ok"), on_two_tasks("b", 0.9, "crashed")]
    assert not [s for s in findings(rank(failed, tasks), tasks) if "rows run" in s]
