"""What the suite hypernet declares about itself: its tasks, metrics, needs and assets.

Here: plain data, read without torch. Not here: drawing a task's course (the tasks' own modules),
what a method is given (suites.hypernet.problem), running and scoring (suites.hypernet.harness).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.contract.figures import Point
from bench.contract.order import Ordered
from bench.contract.suite import Asset, Metric, Need, Task, Track
from bench.metering.budget import Budget
from suites.common.sources import digest
from suites.hypernet import (
    compress_settings,
    continual_settings,
    fewshot_settings,
    image_settings,
    width_settings,
)

NEEDS = (
    Need(
        "condition",
        "a condition",
        "The target is to differ with a condition; a single fixed target has none.",
        "task",
    ),
    Need(
        "room",
        "room for a head",
        "As many trainable numbers as a plain hypernetwork has, far more than the target.",
        "parameters",
    ),
    Need(
        "one_target",
        "one target",
        "A single target that depends on nothing, to be stored in few numbers.",
        "weights",
    ),
    Need(
        "sequence",
        "a sequence of tasks",
        "Tasks come one after the other, told apart by their number.",
        "task",
    ),
    Need("sizes", "several widths", "The target is asked for in several widths.", "parameters"),
    Need(
        "teacher",
        "a trained teacher",
        "The weights of a target of the largest width in training, trained directly.",
        "pretrained",
    ),
    Need(
        "support",
        "a support set",
        "A condition is a few labelled examples, which a method may read as such.",
        "labels",
    ),
)

TRACKS = (
    Track(
        "all",
        "All",
        "Each method on every task whose needs it meets; where one lacks, it is skipped.",
    ),
)

FAILS_ABOVE = 2.0 / 2.302585
"""A final loss above this share of ln C is a failure: 2.0 among ten classes."""


PRIMARY = (
    Metric(
        "failures",
        "Failures",
        "fraction",
        "low",
        "Share of the grid's trainings (optimisers x learning rates) whose test loss at the end "
        "isn't finite or is above 2.0 / ln 10 of ln C; it depends on the grid's range.",
    ),
    Metric(
        "quality",
        "Accuracy",
        "fraction",
        "high",
        "Test accuracy over all conditions, optimiser and learning rate chosen by validation loss; "
        "it can't tell how lucky the grid was.",
    ),
    Metric(
        "sensitivity",
        "Sensitivity",
        "loss",
        "low",
        "Mean over the grid of min(test loss, ln C), less the best; none where the best is above "
        ".8 ln C, as a method that never learns would have the lowest.",
    ),
)
SECONDARY = (
    Metric(
        "loss",
        "Loss",
        "loss",
        "low",
        "Test loss at the chosen optimiser and learning rate, at most ln C.",
    ),
    Metric(
        "training_loss",
        "Training loss",
        "loss",
        "low",
        "Mean of the last 50 training losses there.",
    ),
    Metric(
        "worst_condition",
        "Worst condition",
        "fraction",
        "high",
        "The lowest test accuracy of all conditions there.",
    ),
    Metric(
        "steps",
        "Steps to target",
        "steps",
        "low",
        "Steps until the mean of 20 training losses is at most the task's target there; absent "
        "where it never is.",
    ),
    Metric(
        "spikes",
        "Spikes",
        "",
        "low",
        "How often the training loss there rises six robust deviations above the median of the "
        "50 before; a diagnostic.",
    ),
    Metric(
        "theta_variation",
        "|theta| varies",
        "",
        "low",
        "Coefficient of variation of the generated parameters' norm over conditions, before "
        "training.",
    ),
    Metric(
        "gradient_variation",
        "|gradient| varies",
        "",
        "low",
        "Coefficient of variation of the gradient's norm over conditions, before training.",
    ),
)


OPTIMISERS = {"adam": "Adam", "sgd": "SGD"}


def _grid_metrics(rates: Mapping[str, list[float]]) -> tuple[Metric, ...]:
    """What is told of each optimiser, and the loss at each learning rate."""
    found: list[Metric] = []
    for name in rates:
        title = OPTIMISERS[name]
        found += [
            Metric(
                f"failures_{name}",
                f"Failures, {title}",
                "fraction",
                "low",
                f"Share of failed trainings with {title}.",
            ),
            Metric(
                f"best_{name}",
                f"Best loss, {title}",
                "loss",
                "low",
                f"The lowest test loss over {title}'s learning rates, at most ln C; chosen on the "
                "test, so better than what a user gets.",
            ),
            Metric(
                f"usable_{name}",
                f"Usable decades, {title}",
                "decades",
                "high",
                f"Decades of learning rate around {title}'s best with at most 1.5 times its loss.",
            ),
            Metric(
                f"area_{name}",
                f"Mean loss, {title}",
                "loss",
                "low",
                f"Mean of min(loss, ln C) over the logarithm of {title}'s learning rate.",
            ),
        ]
    for name, values in rates.items():
        title = OPTIMISERS[name]
        found += [
            Point(
                f"loss_{name}_{rate:g}",
                f"Loss, {title}, learning rate {rate:g}",
                "loss",
                "low",
                f"Test loss with {title} at that learning rate, at most ln C.",
                curve=title,
                axis="learning rate",
                x=rate,
            )
            for rate in values
        ]
    return tuple(found)


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
SMALL_BUDGET = Budget(flops=1e13, seconds=300, memory=3 * 1024**3)
SMOKE_BUDGET = Budget(flops=1e12, seconds=60, memory=2 * 1024**3)
FULL_BUDGET = Budget(flops=1e17, seconds=24 * 3600, memory=64 * 1024**3)
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
        metrics=(*PRIMARY, *SECONDARY, *_grid_metrics(rates), *more),
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
        Asset("course", f"{module}:build_course", arguments, data=data, seconds=0.3),
        Asset(
            "answers",
            f"{module}:build_answers",
            arguments,
            data=data,
            seconds=0.3,
            for_scoring=True,
        ),
    )


def course_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """A tier's settings without those that a course doesn't depend on."""
    training = ("rates", "target_loss", "fails_above", "points", "apart")
    return {name: value for name, value in settings.items() if name not in training}


SUITE = Ordered(
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
