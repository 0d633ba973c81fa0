"""The smallest problems of the suite supernet, for tests of its harness and methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.contract.inputs import Inputs
from bench.contract.job import Assets, Job, Output, Run, Scores, ScoringJob
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.common.building import build_asset
from suites.supernet import harness
from suites.supernet.checks import PASSES, smallest
from suites.supernet.counters import COUNTERS
from suites.supernet.definition import SUITE
from suites.supernet.given import unpack
from suites.supernet.problem import SupernetProblem


def small_run(task: str, **changes: Any) -> tuple[Run, Assets]:
    """A run of a task's smallest problem, with other fields; and its assets for solving."""
    run, _, assets = smallest(task)
    return replace(run, **{"needs": run.task.offers, **changes}), assets


def small_meter(run: Run) -> Meter:
    """A meter with the budgets of a run, all together."""
    most = sum(run.settings["budgets"]) * run.settings["pass_flops"]
    return Meter(Budget({"flops": most}), COUNTERS)


def small_problem(task: str, passes: int = PASSES[-1], **changes: Any) -> SupernetProblem:
    """What a method would be given."""
    run, assets = small_run(task, **changes)
    given = unpack(run, assets)
    return given.problem(small_meter(run), passes, run.generator("method"), run.needs)


def predict(
    task: str, call: Callable[..., Any], meter: Meter | None = None, **changes: Any
) -> NDArray[np.float64]:
    """What a method predicts with the larger budget."""
    run, assets = small_run(task, **changes)
    passes = run.settings["budgets"][-1]
    inputs = Inputs(lambda: harness.handed(assets))
    return harness.solve_once(
        run,
        unpack(run, assets),
        meter or small_meter(run),
        call,
        passes,
        run.generator("method"),
        inputs,
    )


def solve(task: str, call: Callable[..., Any], **changes: Any) -> tuple[Output, Meter]:
    """A whole run's output, and its meter."""
    run, assets = small_run(task, **changes)
    meter = small_meter(run)
    return harness.solve(Job([run], [assets], [meter], call))[0], meter


def score(task: str, output: Output, **changes: Any) -> Scores:
    """A run's scores; an error is raised."""
    run, assets = small_run(task, **changes)
    answers = {a.name: build_asset(a) for a in SUITE.assets(run.task, run.tier, 0) if a.for_scoring}
    job = ScoringJob([run], [{**assets, **answers}], [output], Meter(Budget()))
    (outcome,) = harness.score(job)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def truth(task: str) -> Mapping[str, NDArray[np.float64]]:
    """The mean accuracy over seeds of each architecture that is ranked, in their order."""
    run, assets = small_run(task)
    (answers,) = (a for a in SUITE.assets(run.task, run.tier, 0) if a.name == "answers")
    accuracy = np.nanmean(build_asset(answers).tensors["accuracy"].numpy(), axis=1)
    return {"accuracy": np.delete(accuracy, assets["pool"].tensors["rows"].numpy())}
