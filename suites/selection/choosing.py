"""The kinds of task that ask for a part of a pool of images: to train on, or to set right.

Here: what such tasks have in common. Not here: which there are (suites.selection.tasks), tasks with
a target (suites.selection.targets), what the tasks' settings hold (suites.selection.settings).
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.contract.metric import Metric
from bench.contract.suite import Task
from suites.selection import metrics
from suites.selection.settings import (
    DEBUG_EVALUATOR,
    EVALUATOR,
    FIXED,
    FOUND,
    FULL_PERCENTS,
    IMAGE_NEEDS,
    PERCENTS,
    SEEDED,
    image_tiers,
    on_cifar,
    pool_budgets,
    sizes_of,
)
from suites.selection.statements import notes as found_notes


def coreset(
    name: str,
    title: str,
    question: str,
    source: str,
    corruption: str,
    first_seed: int,
    *,
    full: bool = False,
    more: Sequence[Metric] = (),
    notes: Sequence[str] = (),
) -> Task:
    """A task that asks for a part of a pool to train on."""
    tiers = image_tiers(source, corruption, first_seed)
    if full:
        tiers["full"] = on_cifar(corruption, first_seed)
    tiers = {tier: {"kind": "coreset", **values} for tier, values in tiers.items()}
    return Task(
        name=name,
        title=title,
        question=question,
        version=1,
        metrics=(
            metrics.AREA,
            metrics.GAIN,
            metrics.BREAK_EVEN,
            metrics.PADDED,
            *more,
            metrics.RAREST,
            metrics.DIVERSITY,
            metrics.SPREAD,
            *metrics.size_points(FULL_PERCENTS if full else PERCENTS),
        ),
        scored_by=("area",),
        floor="chance",
        ceiling="full",
        offers=(*IMAGE_NEEDS, "subset_only"),
        settings=tiers,
        budgets=pool_budgets(tiers),
        seeds={"smoke": 2, "small": 5, "full": 5},
        data=(source,),
        seconds={"smoke": 0.5, "small": 1.0, "full": 600},
        scoring_seconds={"smoke": 0.3, "small": 1.6, "full": 3600},
        notes=(*found_notes(name, FOUND), *notes, EVALUATOR, SEEDED),
        tracks=("select",),
    )


DEBUG_POOL, DEBUG_EPOCHS = {"smoke": 100, "small": 1000}, {"smoke": 60, "small": 30}
"""Chosen so that right labels have room above the pool's own: in 30 epochs the evaluator learns
1,000 labels by heart, the wrong ones too (digits' validation: .74 as given, .91 set right). Of
3,600 in 10 epochs it learns few: .93 and .97."""


def debug(name: str, title: str, question: str, source: str, kind: str, first_seed: int) -> Task:
    """A task that asks which labels are wrong."""
    tiers = {
        tier: {
            "kind": "debug",
            **values,
            "pool": DEBUG_POOL[tier],
            "count": DEBUG_POOL[tier],
            "validation": min(values["validation"], DEBUG_POOL[tier]),
            "passes": DEBUG_EPOCHS[tier] * DEBUG_POOL[tier],
            "percents": list(FIXED),
            "sizes": sizes_of(DEBUG_POOL[tier], (10,)),
        }
        for tier, values in image_tiers(source, kind, first_seed).items()
    }
    return Task(
        name=name,
        title=title,
        question=question,
        version=1,
        metrics=(
            metrics.FIXING,
            metrics.AUROC,
            metrics.PRECISION,
            *metrics.fixing_points(FIXED),
        ),
        scored_by=("fixing",),
        floor="full_as_given",
        ceiling="full",
        offers=IMAGE_NEEDS,
        settings=tiers,
        budgets=pool_budgets(tiers),
        seeds={"smoke": 2, "small": 3},
        data=(source,),
        seconds={"smoke": 0.5, "small": 1.0},
        scoring_seconds={"smoke": 0.4, "small": 2.0},
        notes=(*found_notes(name, FOUND), DEBUG_EVALUATOR, SEEDED),
        tracks=("select",),
    )
