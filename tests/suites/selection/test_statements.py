"""What the suite says of itself: each number from the records, each verdict from its interval."""

from __future__ import annotations

from math import sqrt
from statistics import fmean

import pytest

from bench.records.published import PUBLISHED
from suites.common.found import Found
from suites.selection import findings, statements
from suites.selection.statements import STATEMENTS, WORDS, Statement, sentence
from suites.selection.tasks import TASKS

CLAIM = Statement("coreset-clean", "area", "ccs", "aum", "Coverage is better", "A 2023")
COMPARISON = Statement("coreset-clean", "accuracy_1", "el2n", "random", "EL2N against random")


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
    assert f", {claimed}: area " in sentence(CLAIM, found)
    assert f": {compared}, accuracy " in sentence(COMPARISON, found)


def test_a_sentence_gives_figure_interval_and_source() -> None:
    found = Found(0.05, 0.08, 3)
    assert sentence(CLAIM, found) == (
        "Claim: coverage is better (A 2023). Here, with 3 seeds, it doesn't show: area +.05 (95%: "
        "-.03 to .13)."
    )
    alone = Statement("debug-mnist", "auroc", "el2n", says="Wrong labels by EL2N")
    assert sentence(alone, found) == "Wrong labels by EL2N: AUROC .05 (95%: -.03 to .13)."


def test_a_figure_of_one_or_more_keeps_its_digits_before_the_point() -> None:
    entropy = Statement("targeted-text", "cross_entropy", "dsir", "random", "DSIR against random")
    shown = "below, nats a word -1.25 (95%: -1.50 to -1.00)"
    assert shown in sentence(entropy, Found(-1.25, 0.25, 3))


def test_an_interval_of_seeds_is_students() -> None:
    # mean .6, variance .01, of the mean .01 / 3; Student's .975 quantile at 2 is 4.303
    found = findings.over_seeds([0.5, 0.6, 0.7])
    assert found.value == pytest.approx(0.6)
    assert found.margin == pytest.approx(4.303 * sqrt(0.01 / 3), rel=1e-3)


def test_what_is_written_is_read_again(tmp_path) -> None:
    path = tmp_path / "found.csv"
    findings.write({CLAIM: Found(0.05, 0.0812, 3)}, path)
    assert statements.read(path) == {CLAIM.where: Found(0.05, 0.0812, 3)}


def test_each_statement_is_told_from_the_others_and_names_a_task_and_its_metric() -> None:
    assert len({statement.where for statement in STATEMENTS}) == len(STATEMENTS)
    tasks = {task.name: {metric.name for metric in task.metrics} for task in TASKS}
    for statement in STATEMENTS:
        assert statement.metric in tasks[statement.task]
        assert statement.metric in WORDS


@pytest.fixture(scope="module")
def published():
    return findings.published_runs(PUBLISHED)


@pytest.mark.parametrize(
    "statement",
    STATEMENTS,
    ids=lambda statement: "-".join(filter(None, statement.where)),
)
def test_the_figures_in_the_notes_are_those_of_the_published_records(statement, published) -> None:
    found = statements.read()[statement.where]
    runs = published[statement.task]
    means = [
        fmean(record.metrics[statement.metric] for record in runs[row].values())
        for row in statement.rows
    ]
    assert found.value == pytest.approx(means[0] - sum(means[1:]), abs=1e-4), (
        "run `python -m suites.selection.findings --write`"
    )
    assert found.seeds == len(runs[statement.first])
