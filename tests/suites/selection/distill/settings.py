"""A task on tiny digits as scoring sees it: settings, assets, runs. Not here: tests."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch

from bench.contract.job import Assets, Output, Run, Scores
from bench.contract.suite import Task
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.selection.counters import COUNTERS
from suites.selection.distill.augmentations import FOR_DIGITS
from suites.selection.distill.baselines import build_baselines
from suites.selection.distill.metrics import METRICS
from suites.selection.distill.problem import DistillProblem, Made
from suites.selection.distill.scoring import made_output, score_made
from suites.selection.passes import Passes
from suites.selection.tiny import CLASSES, RECIPE, made_assets, tiny_distill

SETTINGS: dict[str, Any] = {
    "classes": CLASSES,
    "per_class": 1,
    "augment": list(FOR_DIGITS),
    "evaluators": [
        {"name": "convnet3", "width": 8, "starts": 2},
        {"name": "mlp", "width": 32},
        {"name": "lenet"},
        {"name": "strided", "widths": [8, 16]},
    ],
    "recipe": {**RECIPE, "rate": 0.02},
    "evaluation_passes": 500,
    "full_passes": 3000,
}

TASK = Task(
    name="distill-tiny",
    title="tiny",
    question="Which ten digits train a network best?",
    version=1,
    metrics=METRICS,
    scored_by=("accuracy", "others"),
    floor="chance",
    ceiling="full",
    offers=("teacher",),
    settings={"smoke": SETTINGS},
    budgets={"smoke": Budget()},
    seeds={"smoke": 2},
    data=("digits",),
    seconds={"smoke": 1},
    tracks=("distill",),
)


@cache
def assets() -> Assets:
    """Of a run of the task, those that only scoring has included."""
    given = made_assets()
    baselines = build_baselines({**SETTINGS, "seed": 0}, given)
    return {**given, "baselines": baselines}


def run_of(kind: str = "method", seed: int = 0, method: str = "mine") -> Run:
    """One run of the task."""
    return Run(
        identity="",
        suite="selection",
        task=TASK,
        tier="smoke",
        method=method,
        kind=kind,
        variant="default",
        params={},
        space={},
        needs=(),
        track="distill",
        seed=seed,
        settings=SETTINGS,
        budget=Budget(),
    )


def problem() -> DistillProblem:
    """The task's."""
    return tiny_distill(None, 1)


def class_means() -> Made:
    """A set that every evaluator learns something from: the mean image of each class."""
    images, labels = problem().images, problem().labels
    return Made(
        torch.stack([images[labels == label].mean(0) for label in range(CLASSES)]),
        problem().made_labels,
    )


@cache
def scored_means() -> Scores:
    """What scoring says of the class means."""
    return scored(class_means())


def scored(made: Made | str, kind: str = "method", seed: int = 0, method: str = "mine") -> Scores:
    """What scoring says of a set, or of a reference's rule."""
    rule = isinstance(made, str)
    output = Output(data={"rule": made}) if rule else made_output(made, problem())
    meter = Meter(Budget(), COUNTERS)
    with meter:
        return score_made(run_of(kind, seed, method), output, assets(), Passes(meter))
