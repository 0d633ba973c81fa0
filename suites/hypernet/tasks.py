"""The tasks of the suite hypernet: what each asks, of which settings, budgets and metrics.

Here: plain data, read without torch. Not here: their settings and own metrics (each task's folder),
the metrics that all have (suites.hypernet.metrics), drawing a course (each task's folder).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.contract.metric import Metric
from bench.contract.suite import Task
from bench.metering.budget import Budget
from suites.hypernet.compress import settings as compress
from suites.hypernet.continual import settings as continual
from suites.hypernet.fewshot import settings as fewshot
from suites.hypernet.metrics import PRIMARY, SECONDARY, grid_metrics
from suites.hypernet.rotation import settings as rotation
from suites.hypernet.width import settings as width

FAILS_ABOVE = 2.0 / 2.302585
"""A final loss above this share of ln C is a failure: 2.0 among ten classes."""

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
SEEDS = {"smoke": 2, "full": 5}
"""Of the tier small each task has its own, see its notes."""


def _task(
    *,
    name: str,
    title: str,
    question: str,
    settings: Mapping[str, Mapping[str, Any]],
    tracks: tuple[str, ...],
    offers: tuple[str, ...],
    seeds: int,
    seconds: Mapping[str, float],
    more: tuple[Metric, ...] = (),
    ordered_by: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> Task:
    rates = settings["small"]["rates"]
    source = settings["small"]["images"].get("source")
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
        tracks=tracks,
        settings={tier: {**one, "fails_above": FAILS_ABOVE} for tier, one in settings.items()},
        data=(source,) if source else (),
        budgets=BUDGETS,
        seeds={**SEEDS, "small": seeds},
        seconds=seconds,
        notes=(*NOTES, *notes),
        ordered_by=ordered_by,
    )


TASKS = (
    _task(
        name="rotation",
        title="rotation",
        question="Images turned by an angle: one condition a minibatch, and the target must follow "
        "it.",
        settings=rotation.SETTINGS,
        tracks=("conditional",),
        offers=("condition", "room"),
        seeds=10,
        seconds={"smoke": 0.3, "small": 2.7, "full": 3600},
        ordered_by=tuple(metric.name for metric in PRIMARY),
        notes=rotation.NOTES,
    ),
    _task(
        name="continual",
        title="continual",
        question="Ten tasks one after the other, told apart by their number: is what was learnt "
        "kept?",
        settings=continual.SETTINGS,
        tracks=("conditional", "continual"),
        offers=("condition", "room", "sequence"),
        seeds=10,
        seconds={"smoke": 0.5, "small": 1.8, "full": 14400},
        more=continual.METRICS,
        notes=continual.NOTES,
    ),
    _task(
        name="width",
        title="width",
        question="Weights for any hidden width: some are seen in training, others only asked for.",
        settings=width.SETTINGS,
        tracks=("conditional", "width"),
        offers=("condition", "room", "sizes", "teacher"),
        seeds=14,
        seconds={"smoke": 0.3, "small": 1.3, "full": 7200},
        more=width.METRICS,
        notes=width.NOTES,
    ),
    _task(
        name="fewshot",
        title="few-shot",
        question="Classes that training never shows, told by one or five labelled examples of "
        "each.",
        settings=fewshot.SETTINGS,
        tracks=("fewshot",),
        offers=("condition", "room", "support"),
        seeds=10,
        seconds={"smoke": 0.3, "small": 1.6, "full": 3600},
        more=fewshot.METRICS,
        notes=fewshot.NOTES,
    ),
    _task(
        name="compress",
        title="compress",
        question="One network, no condition: how well does it do when few numbers of it are "
        "stored?",
        settings=compress.SETTINGS,
        tracks=("compress",),
        offers=("one_target",),
        seeds=5,
        seconds={"smoke": 0.3, "small": 2.0, "full": 600},
        more=compress.METRICS,
        notes=compress.NOTES,
    ),
)
