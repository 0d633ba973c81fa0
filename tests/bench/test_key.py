"""What makes a run stale, and what doesn't: real edits, real reruns."""

from __future__ import annotations

import json

import pytest

FILES = {
    "method": "methods/toy/half.py",
    "helper": "methods/toy/_scaling.py",
    "constant": "methods/toy/_constants.py",
    "other method": "methods/toy/noisy.py",
    "scorer": "suites/toy/scoring.py",
    "data": "suites/toy/data.py",
    "definition": "suites/toy/definition.py",
    "builder": "suites/toy/building.py",
    "meter": "bench/flops.py",
    "command line": "bench/summary.py",
}


EDITS_THAT_COUNT = [
    ("method", "scaled(problem.numbers.sum())", "1 * scaled(problem.numbers.sum())"),
    ("helper", "total * FACTOR", "FACTOR * total"),
    ("constant", "FACTOR = 0.5", "FACTOR = 0.25"),
    ("scorer", "abs(guess - truth)", "abs(truth - guess)"),
    ("data", '"a" * 64', '"b" * 64'),
    ("definition", "version=1", "version=2"),
    ("definition", "flops=2e4", "flops=3e4"),
    ("builder", 'arguments["count"], generator', '1 * arguments["count"], generator'),
    ("meter", "return 2 * a.numel()\n", "return 3 * a.numel()\n"),
]

EDITS_THAT_DO_NOT = [
    ("helper", "# a comment", "# another comment"),
    ("helper", "Part of a total.", "A part of a total."),
    ("constant", '"""Constants of the toy methods."""', '"""Numbers."""\n\n\n# and a comment'),
    ("method", "Half of the sum", "The half"),
    ("other method", "scale * torch", "2 * scale * torch"),
    ("definition", "What is the sum of these", "What's the sum of these"),
    ("command line", "runs made", "runs done"),
]


@pytest.fixture(scope="module")
def finished(tmp_path_factory, make_checkout):
    """A checkout in which `half` has run."""
    found = make_checkout(tmp_path_factory.mktemp("finished") / "checkout")
    assert not any(r["served"] for r in found.run("half"))
    assert is_served(found)
    return found


def is_served(checkout):
    """Whether `run` would serve the runs of `half`; all or none."""
    done = checkout.bench("plan", "--tier", "smoke", "--method", "half", "--json")
    plan = json.loads(done.stdout)
    assert sorted([len(plan["runs"]), len(plan["served"])]) == [0, 2]
    return not plan["runs"]


@pytest.mark.parametrize(("what", "old", "new"), EDITS_THAT_COUNT)
def test_editing_what_a_run_depends_on_makes_it_run_again(finished, what, old, new):
    finished.edit(FILES[what], old, new)
    try:
        assert not is_served(finished)
    finally:
        finished.edit(FILES[what], new, old)
    assert is_served(finished), "undoing the edit serves the record again"


@pytest.mark.parametrize(("what", "old", "new"), EDITS_THAT_DO_NOT)
def test_editing_anything_else_serves_the_old_record(finished, what, old, new):
    finished.edit(FILES[what], old, new)
    try:
        assert is_served(finished)
    finally:
        finished.edit(FILES[what], new, old)


def test_a_changed_helper_gives_a_changed_figure(checkout):
    first = checkout.run("half")[0]["metrics"]["error"]
    checkout.edit(FILES["constant"], "0.5", "1.0")
    assert checkout.run("half")[0]["metrics"]["error"] < 1e-5 < first
