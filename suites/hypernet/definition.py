"""What the suite hypernet declares about itself: its tasks, metrics, needs and assets.

Here: plain data, read without torch. Not here: drawing a task's course (the tasks' own modules),
what a method is given (suites.hypernet.problem), running and scoring (suites.hypernet.harness).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.contract.asset import Asset
from bench.contract.metric import Metric
from bench.contract.suite import Need, Suite, Task, Track
from bench.metering.budget import Budget
from suites.common.sources import digest
from suites.hypernet import (
    compress_settings,
    continual_settings,
    fewshot_settings,
    image_settings,
    width_settings,
)
from suites.hypernet.metrics import PRIMARY, SECONDARY, grid_metrics

NEEDS = (
    Need(
        name="condition",
        title="a condition",
        meaning="The target is to differ with a condition; a single fixed target has none.",
        icon="task",
    ),
    Need(
        name="room",
        title="room for a head",
        meaning="As many trainable numbers as a plain hypernetwork has, far more than the target.",
        icon="parameters",
    ),
    Need(
        name="one_target",
        title="one target",
        meaning="A single target that depends on nothing, to be stored in few numbers.",
        icon="weights",
    ),
    Need(
        name="sequence",
        title="a sequence of tasks",
        meaning="Tasks come one after the other, told apart by their number.",
        icon="task",
    ),
    Need(
        name="sizes",
        title="several widths",
        meaning="The target is asked for in several widths.",
        icon="parameters",
    ),
    Need(
        name="teacher",
        title="a trained teacher",
        meaning="The weights of a target of the largest width in training, trained directly.",
        icon="pretrained",
    ),
    Need(
        name="support",
        title="a support set",
        meaning="A condition is a few labelled examples, which a method may read as such.",
        icon="labels",
    ),
)

TRACKS = (
    Track(
        name="all",
        title="All",
        meaning="Each method on every task whose needs it meets; where one lacks, it is skipped.",
    ),
)

FAILS_ABOVE = 2.0 / 2.302585
"""A final loss above this share of ln C is a failure: 2.0 among ten classes."""

ADAM = [3e-4, 1e-3, 3e-3, 1e-2, 3e-2]
SGD = [1e-3, 3e-3, 1e-2, 3e-2, 1e-1]

ROTATION = {
    "smoke": {
        "images": image_settings.SMOKE,
        "target": [64, 16, 16, 16, 10],
        "hidden": [8, 16],
        "steps": 60,
        "batch": 32,
        "angles": 3,
        "rates": {"adam": [3e-3, 1e-2], "sgd": [1e-2, 1e-1]},
        "target_loss": 1.0,
    },
    "small": {
        "images": image_settings.SMALL,
        "target": [64, 24, 24, 24, 10],
        "hidden": [16, 32],
        "steps": 800,
        "batch": 64,
        "angles": 9,
        "rates": {"adam": ADAM, "sgd": SGD},
        "target_loss": 0.5,
    },
    "full": {
        "images": image_settings.FULL,
        "target": [784, 64, 64, 64, 10],
        "hidden": [32, 64],
        "steps": 4000,
        "batch": 128,
        "angles": 9,
        "rates": {"adam": ADAM, "sgd": SGD},
        "target_loss": 0.5,
    },
}

NOTES = (
    "The target is a small multilayer perceptron; convolutions are not asked for.",
    "Every optimiser and learning rate of a seed starts from the same parameters and sees the same "
    "batches and conditions.",
)

# A training costs some 1e9 FLOPs, a run some fifty of them; the budget stops what costs a hundred
# times as much.
SMALL_BUDGET = Budget(limits={"flops": 1e13}, seconds=300, memory=3 * 1024**3)
SMOKE_BUDGET = Budget(limits={"flops": 1e12}, seconds=60, memory=2 * 1024**3)
FULL_BUDGET = Budget(limits={"flops": 1e17}, seconds=24 * 3600, memory=64 * 1024**3)
BUDGETS = {"smoke": SMOKE_BUDGET, "small": SMALL_BUDGET, "full": FULL_BUDGET}
SEEDS = {"smoke": 2, "small": 5, "full": 5}


def _task(
    name: str,
    title: str,
    question: str,
    settings: Mapping[str, Mapping[str, Any]],
    offers: tuple[str, ...],
    seconds: Mapping[str, float],
    more: tuple[Metric, ...] = (),
    notes: tuple[str, ...] = (),
) -> Task:
    rates = settings["small"]["rates"]
    return Task(
        name=name,
        title=title,
        question=question,
        version=1,
        metrics=(*PRIMARY, *SECONDARY, *grid_metrics(rates), *more),
        scored_by=("quality",),
        floor="chance",
        ceiling="direct",
        offers=offers,
        settings={tier: {**one, "fails_above": FAILS_ABOVE} for tier, one in settings.items()},
        data=(settings["small"]["images"]["source"],),
        budgets=BUDGETS,
        seeds=SEEDS,
        seconds=seconds,
        notes=(*NOTES, *notes),
    )


TASKS = (
    _task(
        "rotation",
        "rotation",
        "Images turned by an angle: one condition a minibatch, and the target must follow it.",
        ROTATION,
        ("condition", "room"),
        {"smoke": 0.3, "small": 4.2, "full": 3600},
    ),
    _task(
        "continual",
        "continual",
        "Five tasks one after the other, told apart by their number: is what was learnt kept?",
        continual_settings.CONTINUAL,
        ("condition", "room", "sequence"),
        {"smoke": 0.4, "small": 2.5, "full": 7200},
        continual_settings.MORE,
    ),
    _task(
        "width",
        "width",
        "Weights for any hidden width: some are seen in training, others only asked for.",
        width_settings.WIDTH,
        ("condition", "room", "sizes", "teacher"),
        {"smoke": 0.3, "small": 2.0, "full": 7200},
        more=width_settings.METRICS,
        notes=width_settings.NOTES,
    ),
    _task(
        "fewshot",
        "few-shot",
        "Classes that training never shows, told by one or five labelled examples of each.",
        fewshot_settings.FEWSHOT,
        ("condition", "room", "support"),
        {"smoke": 0.3, "small": 0.8, "full": 3600},
        more=fewshot_settings.METRICS,
        notes=fewshot_settings.NOTES,
    ),
    _task(
        "compress",
        "compress",
        "One network, no condition: how well does it do when few numbers of it are stored?",
        compress_settings.SETTINGS,
        ("one_target",),
        {"smoke": 0.3, "small": 3.1, "full": 600},
        compress_settings.CURVE,
        compress_settings.NOTES,
    ),
)


def assets(task: Task, tier: str, seed: int) -> tuple[Asset, ...]:
    """The assets of a run: the course for the method, the test's labels for scoring."""
    settings = course_settings(task.settings[tier])
    arguments = {"draw": task.name, "settings": settings, "seed": seed}
    data = (settings["images"]["source"],)
    module = "suites.hypernet.building"
    return (
        Asset(
            name="course",
            builder=f"{module}:build_course",
            arguments=arguments,
            data=data,
            seconds=0.3,
        ),
        Asset(
            name="answers",
            builder=f"{module}:build_answers",
            arguments=arguments,
            data=data,
            seconds=0.3,
            for_scoring=True,
        ),
    )


def course_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """A tier's settings without those that a course doesn't depend on."""
    training = ("rates", "target_loss", "fails_above", "points", "apart")
    return {name: value for name, value in settings.items() if name not in training}


SUITE = Suite(
    name="hypernet",
    title="Hypernet",
    question=(
        "How reliably does a hypernetwork's parametrisation train, over learning rates, "
        "optimisers and seeds, and what does it reach?"
    ),
    tasks=TASKS,
    needs=NEEDS,
    tracks=TRACKS,
    harness="suites.hypernet.harness",
    checks="suites.hypernet.checks:check",
    template="methods/hypernet/_template.py",
    references="suites.hypernet.references",
    assets=assets,
    data_digest=digest,
    traits={
        "smaller": "Its form can't spend the cap: it has fewer trainable numbers.",
        "unconditional": "What it generates doesn't depend on the condition.",
        "scale_free": "What it generates depends on a condition's direction alone: on one number "
        "not at all.",
    },
    together=True,
    ordered_by=tuple(metric.name for metric in PRIMARY),
)
