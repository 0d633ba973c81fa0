"""What a suite declares instead of naming things so: its checks, its template, what tuning uses."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module

import pytest

from bench.catalogue.registry import ROOT, catalogue
from commands.documentation import NOT_TUNED
from tests.reports import invented

DEFINITION = "suites/toy/definition.py"
TEMPLATE = '    template="methods/toy/_template.py",\n'
TUNED_ON = '            tuned_on="a split that the toy suite makes up",\n'


def test_every_suite_declares_checks_and_a_template_that_are_there():
    for suite in catalogue().suites.values():
        assert (ROOT / suite.template).is_file(), suite.name
        module, _, function = suite.checks.partition(":")
        assert callable(getattr(import_module(module), function)), suite.name


def test_a_template_may_lie_anywhere(checkout):
    (checkout.root / "methods/toy/_template.py").rename(checkout.root / "suites/toy/start.txt")
    checkout.edit(DEFINITION, "methods/toy/_template.py", "suites/toy/start.txt")
    done = checkout.bench("new", "toy", "my_idea")
    assert done.returncode == 0, done.stderr
    assert "def my_idea(" in (checkout.root / "methods/toy/my_idea.py").read_text()


def test_a_suite_without_a_template_says_so(checkout):
    checkout.edit(DEFINITION, TEMPLATE, "")
    done = checkout.bench("new", "toy", "my_idea")
    assert done.returncode == 2
    assert "suite 'toy' has no template for new methods. Copy one of its methods" in done.stderr


def test_where_nothing_can_be_tuned_on_the_tuned_row_is_skipped_and_says_why(checkout):
    checkout.edit(DEFINITION, TUNED_ON, "")
    records = checkout.run("noisy", options=("--seed", "0"))
    assert {r["variant"]: (r["status"], r["reason"]) for r in records} == {
        "default": ("ok", ""),
        "tuned": ("skipped", "task 'add' has nothing to tune on"),
    }
    assert json.loads(checkout.bench("list", "tasks", "--json").stdout)[0]["tuned_on"] == ""
    assert checkout.bench("docs", "--out", "pages").returncode == 0
    assert f"Tuned on: {NOT_TUNED}." in (checkout.root / "pages/tasks.md").read_text()


def test_the_need_that_tuning_adds_is_one_of_the_suites():
    with pytest.raises(ValueError, match="tuning_need='trials', which isn't among its needs"):
        replace(invented.suite(), tuning_need="trials")
