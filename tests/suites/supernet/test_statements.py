"""What the suite says of itself: each number from the records, each verdict from its interval."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist, fmean

import pytest

from bench.records.published import PUBLISHED
from suites.common.found import Found
from suites.supernet import findings, statements
from suites.supernet.statements import STATEMENTS, Statement, sentence
from suites.supernet.tasks import TASKS

CLAIM = Statement("micro201", "equal", "tau", "fairnas", "spos", "FairNAS ranks better", "A 2021")
COMPARISON = Statement("micro201", "equal", "tau", "spos", "chain", "SPOS against the chain")


@pytest.mark.parametrize(
    ("low", "high", "claimed", "compared"),
    [
        (0.01, 0.2, "it shows", "above"),
        (-0.2, 0.01, "it doesn't show", "not told apart"),
        (-0.2, -0.01, "the opposite shows", "below"),
    ],
)
def test_a_verdict_is_what_the_interval_says(low, high, claimed, compared) -> None:
    found = Found((low + high) / 2, (high - low) / 2, 3)
    assert f", {claimed}: tau " in sentence(CLAIM, found)
    assert f": {compared}, tau " in sentence(COMPARISON, found)


def test_a_sentence_gives_figure_interval_and_source() -> None:
    found = Found(0.05, 0.08, 3)
    assert sentence(CLAIM, found) == (
        "Claim: FairNAS ranks better (A 2021). Here, with the largest budget and 3 seeds, it "
        "doesn't show: tau +.05 (95%: -.03 to .13)."
    )
    alone = Statement("macro", "band", "tau_equal_chain", "spos", says="SPOS, `band`")
    assert sentence(alone, found) == (
        "SPOS, `band`: tau over pairs of equal size and chain .05 (95%: -.03 to .13)."
    )


def test_nothing_is_written_with_a_sign_of_its_own() -> None:
    assert "tau +.00 (95%: -.03 to .03)" in sentence(CLAIM, Found(-0.002, 0.03, 3))


def test_an_interval_of_seeds_alone_is_students() -> None:
    # mean .6, variance .01, of the mean .01 / 3; Student's .975 quantile at 2 is 4.303
    found = findings._found([0.5, 0.6, 0.7], 0.0)
    assert found.value == pytest.approx(0.6)
    assert found.margin == pytest.approx(4.303 * sqrt(0.01 / 3), rel=1e-3)


def test_an_interval_adds_the_variance_over_architectures_and_truths() -> None:
    # .01 / 3 + .1^2 = .04 / 3, four times the seeds' own: 2 x 4^2 = 32 degrees of freedom, 2.037
    found = findings._found([0.5, 0.6, 0.7], 0.1)
    assert found.margin == pytest.approx(2.037 * sqrt(0.04 / 3), rel=1e-3)


def test_seeds_that_agree_leave_the_variance_over_architectures_and_truths() -> None:
    found = findings._found([0.5, 0.5], 0.1)
    assert found.margin == pytest.approx(0.1 * NormalDist().inv_cdf(0.975))


def test_what_is_written_is_read_again(tmp_path) -> None:
    path = tmp_path / "found.csv"
    findings.write({CLAIM: Found(0.05, 0.0812, 3)}, path)
    assert statements.read(path) == {CLAIM.where: Found(0.05, 0.0812, 3)}


def test_each_statement_is_told_from_the_others_and_names_a_task_and_its_metric() -> None:
    assert len({statement.where for statement in STATEMENTS}) == len(STATEMENTS)
    tasks = {task.name: {metric.name for metric in task.metrics} for task in TASKS}
    for statement in STATEMENTS:
        assert statement.metric in tasks[statement.task]


@pytest.fixture(scope="module")
def published():
    return findings.published_runs(PUBLISHED)


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: "-".join(filter(None, s.where)))
def test_the_figures_in_the_notes_are_those_of_the_published_records(statement, published) -> None:
    found = statements.read()[statement.where]
    runs = published[statement.task]
    means = [
        fmean(record.metrics[statement.metric] for record in runs[method].values())
        for method in statement.methods
    ]
    value = means[0] - sum(means[1:])
    assert found.value == pytest.approx(value, abs=1e-4), (
        "run `python -m suites.supernet.findings --write`"
    )
    assert found.seeds == len(runs[statement.first])


def test_an_interval_is_made_anew_from_the_published_records(published) -> None:
    statement = next(s for s in STATEMENTS if (s.task, s.first) == ("pooling", "late_pooling"))
    found = findings.estimate(statement, published["pooling"], PUBLISHED)
    kept = statements.read()[statement.where]
    assert (found.value, found.margin) == pytest.approx((kept.value, kept.margin), abs=1e-4)
