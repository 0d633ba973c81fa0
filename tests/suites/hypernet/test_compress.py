"""The task compress: its course, and how a share that a method can't be held in is scored."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from bench.contract.job import ContractError, Job, Run
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from methods.hypernet.pranc import pranc
from suites.hypernet.compress.drawing import draw
from suites.hypernet.compress.settings import SETTINGS
from suites.hypernet.course import encode
from suites.hypernet.harness import score_run, solve
from suites.hypernet.problem import HypernetProblem, TooFewNumbers
from suites.hypernet.tasks import TASKS

TASK = next(task for task in TASKS if task.name == "compress")
SMOKE = {**TASK.settings["smoke"], "steps": 4, "shares": [1, 30, 100]}


def holds_much(problem: HypernetProblem) -> nn.Module:
    """PRANC, where it may have a hundred numbers."""
    if problem.cap < 100:
        raise TooFewNumbers(f"it takes 100 numbers, more than the cap of {problem.cap}")
    return pranc(problem)


def holds_nothing(problem: HypernetProblem) -> nn.Module:
    raise TooFewNumbers(f"it takes 9999 numbers, more than the cap of {problem.cap}")


def ran(call: Any):
    course, answers = encode(draw(SMOKE, 0))
    budget = Budget(limits={"flops": 1e15})
    run = Run(
        identity="0" * 24,
        suite="hypernet",
        task=TASK,
        tier="smoke",
        method="it",
        kind="method",
        variant="default",
        params={},
        space={},
        needs=("one_target",),
        track="all",
        seed=0,
        settings=SMOKE,
        budget=budget,
    )
    job = Job([run], [{"course": course}], [Meter(budget)], call)
    (output,) = solve(job)
    return score_run(run, output, {"course": course, "answers": answers})


def test_parts_differ_in_their_cap_alone():
    parts = draw(SETTINGS["small"], 0)
    assert [part.name for part in parts] == ["1", "3", "10", "30", "100"]
    assert [part.cap for part in parts] == [12, 36, 121, 363, 1210]  # of 1210 weights
    for part in parts:
        assert part.conditions.size == 0
        assert torch.equal(part.stages[0].rows, parts[0].stages[0].rows)
        assert torch.equal(part.test.inputs, parts[0].test.inputs)
        assert part.stages[0].inputs(0).shape == (1, 64, 64)


def test_a_share_that_cant_hold_a_method_counts_as_a_guess_and_as_failed():
    scores = ran(holds_much)
    told = scores.details["parts"]
    assert told[0]["unmet"] == "it takes 100 numbers, more than the cap of 12"
    assert "unmet" not in told[1]
    accuracies = [one["accuracy"]["the target"] for one in told]
    assert accuracies[0] == 0.1
    assert scores.metrics["quality"] == pytest.approx(sum(accuracies) / 3)
    assert scores.metrics["failures"] >= 1 / 3
    assert scores.metrics["loss"] <= math.log(10)


def test_its_curve_leaves_that_share_out():
    metrics = ran(holds_much).metrics
    assert {name for name in metrics if name.startswith("accuracy_")} == {
        "accuracy_30",
        "accuracy_100",
    }


def test_a_method_that_no_share_holds_breaks_the_contract():
    with pytest.raises(ContractError, match="no part could be met: it takes 9999 numbers"):
        ran(holds_nothing)
