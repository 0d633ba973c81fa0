"""A task whose data aren't here is left out and says so; its published records stay."""

from __future__ import annotations

import json

import pytest

MOONLIT = """
import os
from dataclasses import replace

from bench.contract.suite import DataMissing


def _digest(name):
    if name == "moon" and not os.environ.get("TOY_MOON"):
        raise DataMissing("moon isn't here: fetch it")
    return data_digest(name)


_MOONLIT = replace(SUITE.tasks[0], name="moonlit", data=("moon",))
SUITE = replace(SUITE, tasks=(*SUITE.tasks, _MOONLIT), data_digest=_digest)
"""

SENTENCE = "moonlit is left out: moon isn't here: fetch it"
RUN = ("--tier", "smoke", "--method", "half", "--method", "truth")
HERE = {"TOY_MOON": "1"}


AUDIT = ("audit", "--published", "published", "--tier", "smoke", "--sample", "8")
COMMANDS = {
    "plan": ("plan", *RUN),
    "plan as JSON": ("plan", *RUN, "--json"),
    "run": ("run", *RUN, "--fresh", "--json", "--store", "other.sqlite"),
    "run what is served": ("run", *RUN),
    "plan it": ("plan", *RUN, "--task", "moonlit"),
    "run it": ("run", *RUN, "--task", "moonlit"),
    "list": ("list", "tasks", "--json"),
    "export": ("export", "--tier", "smoke", "--out", "published"),
    "audit as JSON": (*AUDIT, "--json"),
    "audit": AUDIT,
    "try": ("try", "methods/toy/half.py", "--tier", "smoke"),
}
"""What is given one after another where the second task's data aren't here."""


@pytest.fixture(scope="module")
def moonlit(tmp_path_factory, make_checkout):
    """A checkout with a second task, run and exported where its data were; now they aren't."""
    found = make_checkout(tmp_path_factory.mktemp("moonlit") / "checkout")
    found.keep_methods("half", "noisy")
    with (found.root / "suites/toy/definition.py").open("a") as file:
        file.write(MOONLIT)
    assert found.bench("run", *RUN, **HERE).returncode == 0
    assert found.bench("export", "--tier", "smoke", "--out", "published", **HERE).returncode == 0
    return found


@pytest.fixture(scope="module")
def without(moonlit, tmp_path_factory):
    """A copy of it in which those commands were given."""
    copy = moonlit.copy_to(tmp_path_factory.mktemp("without") / "checkout")
    copy.bench_each_and_keep(COMMANDS)
    return copy


def published(checkout):
    """(task, method, seed) of each published record."""
    lines = [
        json.loads(line)
        for file in (checkout.root / "published/toy").glob("*.jsonl")
        for line in file.read_text().splitlines()
    ]
    return sorted((r["task"], r["method"], r["seed"]) for r in lines)


def test_a_plan_leaves_it_out_and_says_so_in_one_line(without):
    done = without.told["plan"]
    assert done.returncode == 0
    assert done.stdout.splitlines().count(SENTENCE) == 1
    rows = done.stdout.splitlines()[2:]
    assert not any(row.startswith("toy") and "moonlit" in row for row in rows)
    plan = json.loads(without.told["plan as JSON"].stdout)
    assert plan["left_out"] == [
        {"suite": "toy", "task": "moonlit", "reason": "moon isn't here: fetch it"}
    ]
    assert len(plan["served"]) == 4


def test_where_its_data_are_it_is_planned_like_any_other(moonlit):
    plan = json.loads(moonlit.bench("plan", *RUN, "--json", **HERE).stdout)
    assert plan["left_out"] == []
    assert len(plan["served"]) == 8


def test_a_run_makes_the_other_tasks_records(without):
    done = without.told["run"]
    assert done.returncode == 0
    assert {r["task"] for r in json.loads(done.stdout)["records"]} == {"add"}
    assert done.stderr.count(SENTENCE) == 1


def test_a_run_that_is_served_whole_says_so_too(without):
    done = without.told["run what is served"]
    assert done.returncode == 0
    assert done.stderr.count(SENTENCE) == 1


@pytest.mark.parametrize("command", ["plan", "run"])
def test_asking_for_it_by_name_is_an_error_of_that_sentence(without, command):
    done = without.told[f"{command} it"]
    assert done.returncode == 2
    assert done.stderr == f"error: {SENTENCE}\n"


def test_it_is_listed_with_what_it_needs(without):
    listed = json.loads(without.told["list"].stdout)
    assert {row["name"]: row["data"] for row in listed} == {"add": ["dust"], "moonlit": ["moon"]}


def test_an_export_keeps_what_is_published_of_it(moonlit, without):
    done = without.told["export"]
    assert done.returncode == 0, done.stderr
    assert f"{SENTENCE}; what is published of it stays" in done.stderr
    assert published(without) == published(moonlit)
    assert ("moonlit", "half", 1) in published(moonlit)


def test_an_audit_says_which_records_it_could_not_make_again(without):
    done, as_text = without.told["audit as JSON"], without.told["audit"]
    assert done.returncode == 0, done.stderr
    audited = json.loads(done.stdout)["audited"]
    verdicts = {(row["task"], row["verdict"]) for row in audited}
    assert verdicts == {("add", "identical"), ("moonlit", "not here")}
    assert {row["reason"] for row in audited if row["task"] == "moonlit"} == {SENTENCE}
    assert as_text.stdout.splitlines().count(SENTENCE) == 1


def test_a_method_is_tried_on_the_other_tasks(without):
    done = without.told["try"]
    assert "/half.py) on add: " in done.stdout + done.stderr
