"""Runs methods of both tracks on their problems, and scores what they chose or made.

Here: `solve`, in the method's process, and `score`, in the scorer's (bench.contract.job says what
they are). Not here: what a method is given (suites.selection.problem,
suites.selection.distill.problem), figures (suites.selection.scoring and its neighbours).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from bench.contract.inputs import Inputs
from bench.contract.job import (
    Assets,
    Job,
    Outcome,
    Output,
    Run,
    Scores,
    ScoringJob,
    score_each,
)
from bench.metering.compiler import load_compiler
from bench.metering.meter import Meter
from suites.selection.checking import to_output
from suites.selection.distill.evaluation import evaluators
from suites.selection.distill.problem import DistillProblem
from suites.selection.distill.scoring import made_output, score_made
from suites.selection.networks import build
from suites.selection.passes import Passes
from suites.selection.problem import SelectionProblem
from suites.selection.scoring import Scorer, score_coreset, score_debug
from suites.selection.targeted import score_target_images, score_target_text
from suites.selection.training import Recipe

load_compiler()

SCORERS: Mapping[str, Scorer] = {
    "coreset": score_coreset,
    "debug": score_debug,
    "target_text": score_target_text,
    "target_images": score_target_images,
    "distill": score_made,
}
"""What scores a task, by its kind."""

HIDDEN = ("answers", "baselines")
"""Assets that only scoring has; they never are in a solving process, whatever a task hands out."""


def solve(job: Job) -> list[Output]:
    """Each run's choice or images, as plain data."""
    return [
        _solve(run, assets, meter, job)
        for run, assets, meter in zip(job.runs, job.assets, job.meters, strict=True)
    ]


def _solve(run: Run, assets: Assets, meter: Meter, job: Job) -> Output:
    problem: SelectionProblem | DistillProblem
    if run.settings["kind"] == "distill":
        problem = distill_problem(run, assets, meter)
    else:
        problem = selection_problem(run, assets, meter)
    if run.kind == "reference":
        answer = job.call(problem)
        if isinstance(answer, str):  # a rule that takes answers: scoring applies it
            return Output(data={"rule": answer})
        assert isinstance(problem, DistillProblem)
        return made_output(answer, problem)
    inputs = Inputs(problem.handed)
    with torch.random.fork_rng(devices=[]):
        # A method that draws from torch's own generator depends on its run alone all the same.
        torch.manual_seed(run.generator("torch").initial_seed())
        with meter:
            returned = job.call(problem, **run.params)
            inputs.check()
    if isinstance(problem, DistillProblem):
        return made_output(returned, problem)
    output = to_output(returned, problem)
    output.data["flops"] = meter.flops
    return output


def selection_problem(run: Run, assets: Assets, meter: Meter) -> SelectionProblem:
    """What a run that chooses is given."""
    settings = run.settings
    given = {name: asset for name, asset in assets.items() if name not in HIDDEN}
    pool = assets["pool"]
    images = "images" in pool.tensors
    return SelectionProblem(
        count=len(pool.tensors["labels"]) if images else len(pool.data["tokens"]),
        sizes=tuple(settings["sizes"]),
        classes=settings["classes"] if images else 0,
        generator=run.generator("method"),
        needs=run.needs if run.kind == "method" else None,
        _meter=meter,
        _passes=Passes(meter),
        _given=given,
        _network=build(settings["network"]) if images else None,
        _recipe=Recipe.of(settings["recipe"]) if images else None,
    )


def distill_problem(run: Run, assets: Assets, meter: Meter) -> DistillProblem:
    """What a run that makes examples is given."""
    settings: Mapping[str, Any] = run.settings
    pool = assets["pool"]
    return DistillProblem(
        images=pool.tensors["images"],
        labels=pool.tensors["labels"],
        classes=settings["classes"],
        per_class=settings["per_class"],
        generator=run.generator("method"),
        network=evaluators(settings["evaluators"], pool.tensors["images"], settings["classes"])[
            0
        ].network,
        recipe=Recipe.of(settings["recipe"]),
        lowest=pool.data["lowest"],
        highest=pool.data["highest"],
        strategies=tuple(settings["augment"]),
        needs=run.needs if run.kind == "method" else None,
        _meter=meter,
        _passes=Passes(meter),
        _given={"teacher": assets["teacher"]},
    )


def score(job: ScoringJob) -> list[Outcome]:
    """Score each run for itself; runs of one job share what a training's step is known to cost."""
    passes = Passes(job.meter)

    def score_one(run: Run, output: Output, assets: Assets) -> Scores:
        return SCORERS[run.settings["kind"]](run, output, assets, passes)

    return score_each(job, score_one)
