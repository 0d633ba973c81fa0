"""Scoring a job: an outcome a run, and a cost that is measured, limited and never the method's."""

from __future__ import annotations

import json

import pytest

from tests.bench.conftest import Checkout

LIMIT = 4
"""Seconds that scoring one run may take in this checkout."""

SCORER = '''

import time

import torch


def score(job):
    """Both seeds together; what a method is called says how this suite goes wrong on it."""
    torch.ones(4, 5) @ torch.ones(5, 6)
    torch.nested.nested_tensor([torch.ones(2)])  # no formula: a method would be refused
    if job.runs[0].method == "slow":
        time.sleep(600)
    if job.runs[0].method == "fat":
        held = [torch.ones(2**20) for _ in range(400)]
    if job.runs[0].method == "short":
        return []
    outcomes = score_each(job, score_one)
    for outcome in outcomes:
        if isinstance(outcome, Scores):
            outcome.details["scored_together"] = len(job.runs)
            if job.runs[0].method == "wordy":
                outcome.artefacts["all.txt"] = b"x" * 2000
    return outcomes
'''

METHOD = '''"""A method that is scored in a way of its own."""

import torch

from bench import method


@method(name="{name}", title="{name}", paper=("A note", 2020, "https://example.org"))
def {name}(problem):
    return {answer}
'''

SUM = "problem.numbers.sum()"
ANSWERS = {
    "plain": SUM,
    "slow": SUM,
    "fat": SUM,
    "short": SUM,
    "wordy": SUM,
    # The numbers of seed 0 sum to -1.60, those of seed 1 to -.15.
    "wrong_once": f"torch.zeros(3) if {SUM} > -1 else {SUM}",
}


@pytest.fixture(scope="module")
def checkout(make_checkout, tmp_path_factory) -> Checkout:
    """The toy suite with its seeds scored together, and tight limits."""
    made = make_checkout(tmp_path_factory.mktemp("scoring") / "checkout")
    definition = "suites/toy/definition.py"
    made.edit(definition, "import Need, Suite", "import Need, ScoringLimit, Suite")
    made.edit(
        definition,
        '    harness="suites.toy.harness",',
        '    harness="suites.toy.harness",\n    together=True,\n    artefact_bytes=1000,\n'
        f'    scoring_limits={{"smoke": ScoringLimit(seconds={LIMIT}, memory=300 * 2**20)}},',
    )
    made.edit(
        definition,
        '            data=("dust",),\n',
        '            data=("dust",),\n            scoring_seconds={"smoke": 7.0},\n',
    )
    harness = made.root / "suites/toy/harness.py"
    harness.write_text(harness.read_text() + SCORER)
    for name, answer in ANSWERS.items():
        (made.root / f"methods/toy/{name}.py").write_text(METHOD.format(name=name, answer=answer))
    return made


@pytest.fixture(scope="module")
def scored(checkout: Checkout) -> dict[tuple[str, int], dict]:
    """Every record by method and seed."""
    return {(r["method"], r["seed"]): r for r in checkout.run(*ANSWERS)}


def test_seeds_are_scored_together(scored):
    assert [scored["plain", seed]["details"]["scored_together"] for seed in (0, 1)] == [2, 2]


def test_one_bad_run_does_not_take_the_others_along(scored):
    statuses = {scored["wrong_once", seed]["status"]: seed for seed in (0, 1)}
    assert set(statuses) == {"ok", "invalid"}
    good = scored["wrong_once", statuses["ok"]]
    assert good["details"]["scored_together"] == 2  # not made again by itself
    assert "a guess has shape ()" in scored["wrong_once", statuses["invalid"]]["reason"]


def test_what_scoring_costs_is_measured_and_not_charged_to_the_method(scored):
    # One product of 4 x 5 by 5 x 6 for both runs: 2 * 4 * 5 * 6 = 240 FLOPs, 120 for each.
    cost = scored["plain", 0]["cost"]
    assert cost["scoring"]["flops"] == 120
    assert cost["flops"] < 100  # the method added 8 numbers
    assert cost["scoring"]["seconds"] > 0
    assert cost["scoring"]["cpu_seconds"] > 0
    assert cost["scoring"]["peak_memory"] > 0


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("slow", f"scoring took longer than the suite's limit of {LIMIT} s a run"),
        ("fat", "scoring took more memory than the suite's limit of 300 MiB"),
        ("short", "score gave 0 outcomes for 1 runs"),
        ("wordy", "over its own limit of 1000 (artefact_bytes of the suite)"),
    ],
)
def test_a_scoring_that_goes_wrong_is_our_fault(scored, method, reason):
    for seed in (0, 1):
        record = scored[method, seed]
        assert record["status"] == "infra"
        assert reason in record["reason"]
        assert record["metrics"] == {}


def test_the_time_of_a_scoring_that_is_stopped_is_not_the_methods(scored):
    cost = scored["slow", 0]["cost"]
    assert cost["scoring"]["seconds"] >= LIMIT
    assert cost["seconds"] < 2


def test_the_estimate_of_a_plan_holds_the_scoring(checkout):
    planned = checkout.bench("plan", "--tier", "smoke", "--method", "half", "--json")
    runs = json.loads(planned.stdout)["runs"]
    assert [run["seconds"] for run in runs] == [8.0, 8.0]  # 1 for running it, 7 for scoring
