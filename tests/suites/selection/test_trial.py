"""Defaults are tried on draws that no record has, and on validation images alone."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest

from bench.catalogue.registry import Method, catalogue
from bench.contract.suite import Task
from suites.selection import trial
from suites.selection.definition import SUITE

METHODS = catalogue().methods["selection"]


def cut(name: str, **changes: Any) -> Task:
    """A task whose tier small is as small as smoke's."""
    task = SUITE.task(name)
    small = {**task.settings["smoke"], **changes}
    return replace(task, settings={"small": small}, budgets={"small": task.budgets["smoke"]})


def tried(entry: Method, task: Task, params: dict[str, Any], seed: int) -> dict[str, float]:
    return trial.trial(entry, task, params, seed, trial.given(entry, task, seed))


def test_no_task_has_a_record_of_these_draws():
    assert all(max(task.seeds.values()) < trial.FIRST for task in SUITE.tasks)


def test_where_labels_are_set_right_the_figure_is_how_well_wrong_ones_are_ranked():
    found = tried(METHODS["loss_reference"], cut("debug-mnist"), {}, 0)
    assert set(found) == {"auroc"}
    assert found["auroc"] > 0.7


def test_a_choice_is_held_against_the_validation_images_alone():
    entry = METHODS["herding"]
    found = tried(entry, cut("coreset-noise"), {}, 0)
    assert found["accuracy_30"] > 0.2
    # the test is drawn after the validation images: how many follow changes nothing
    assert tried(entry, cut("coreset-noise", test=0), {}, 0) == found
    assert tried(entry, cut("coreset-noise"), {}, 1) != found


def test_so_are_images_that_were_made():
    entry = METHODS["class_mean"]
    found = tried(entry, cut("distill-mnist-1"), {}, 0)
    assert set(found) == {"accuracy", "others"}
    assert tried(entry, cut("distill-mnist-1", test=0), {}, 0) == found


def test_a_parameter_s_value_is_used():
    one, other = (
        tried(METHODS["mimic"], cut("debug-mnist"), {"epoch": epoch}, 0) for epoch in (0, 10)
    )
    assert one != other


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nobody", "--task", "debug-mnist"], "there is no method 'nobody' in suite selection"),
        (["mimic", "--task", "targeted-text"], "there is no task 'targeted-text'; there are"),
        (["mimic", "--task", "distill-mnist-1"], "mimic doesn't enter distill-mnist-1"),
        (["herding", "--task", "debug-mnist"], "debug-mnist doesn't offer herding's subset_only"),
    ],
)
def test_what_cannot_be_tried_is_said_in_one_sentence(arguments, sentence, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["trial", *arguments])
    with pytest.raises(SystemExit) as stopped:
        trial.main()
    assert stopped.value.code == 2
    assert sentence in capsys.readouterr().err


def test_a_line_holds_the_mean_and_each_draw():
    assert trial.in_words([{"auroc": 0.5}, {"auroc": 0.75}]) == "auroc 0.625 (0.500 0.750)"
