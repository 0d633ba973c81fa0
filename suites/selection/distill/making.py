"""The kind of task that asks for synthetic images, a few of each class.

Here: plain data, read without torch. Not here: which there are (suites.selection.tasks), what their
settings share with others (suites.selection.settings).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.contract.suite import Task
from bench.metering.budget import Budget
from suites.selection.distill.metrics import METRICS
from suites.selection.settings import (
    COLOUR,
    FOUND,
    MEMORY,
    RECIPE,
    SECONDS,
    SEEDED,
    SMALL,
    TINY,
    WIDTHS,
)
from suites.selection.statements import notes as found_notes

CONVNET3_PASS = {"tiny": 107032.0, "small": 4307984.0, "colour": 302213056.0}
"""FLOPs of one example's forward and backward pass through ConvNet-3; a test holds them."""

TEACHER_EPOCHS = 3
"""So that a method that asks for the teacher has most of its budget left; ten would take it all."""

AUGMENT = ("colour", "crop", "cutout", "scale", "rotate")
"""DSA's, but for flips, which would make another digit of one."""


def _tier(
    known: Mapping[str, Any],
    counts: tuple[int, int, int],
    images: Mapping[str, Any],
    width: int,
    passes: int,
) -> dict[str, Any]:
    """The settings of one tier.

    Args:
        known: `source`, `first_seed`, `per_class`.
        counts: of the pool, the validation set and the test.
        width: of ConvNet-3 and of the teacher.
        passes: examples that an evaluator sees.
    """
    pool, validation, test = counts
    digits = known["source"] in ("mnist5k", "digits")
    return {
        **known,
        "kind": "distill",
        "corruption": "clean",
        "pool": pool,
        "validation": validation,
        "test": test,
        "classes": 10,
        "augment": [*AUGMENT, *([] if digits else ["flip"])],
        "evaluators": [
            {"name": "convnet3", "width": width, "starts": 2},
            {"name": "mlp"},
            {"name": "lenet"},
            {"name": "strided", "widths": WIDTHS},
        ],
        "recipe": RECIPE,
        "evaluation_passes": passes,
        "full_passes": 10 * passes,
        "teacher": {
            "widths": [width] * (2 if images["side"] < 16 else 3),
            "epochs": TEACHER_EPOCHS,
        },
    }


def distill(
    name: str, title: str, question: str, source: str, per_class: int, first_seed: int, seeds: int
) -> Task:
    """A task that asks for synthetic images; the one with ten a class has a tier full, on CIFAR.

    Args:
        seeds: of tier small.
    """
    known = {"source": source, "first_seed": first_seed, "per_class": per_class}
    small = (3600, 400, 1000) if source == "mnist5k" else (6000, 600, 2000)
    tiers = {
        "smoke": _tier({**known, "source": "digits"}, (600, 200, 400), TINY, 8, 300)
        if source == "mnist5k"
        else _tier(known, (600, 200, 400), SMALL, 16, 300),
        "small": _tier(known, small, SMALL, 16, 3000),
    }
    passes = 40_000 if per_class == 1 else 60_000
    pass_flops = dict.fromkeys(tiers, CONVNET3_PASS["small"])
    if source == "mnist5k":
        pass_flops["smoke"] = CONVNET3_PASS["tiny"]
    flops = {tier: passes * pass_flops[tier] for tier in tiers}
    if per_class > 1:
        colour = {**known, "source": "tv:CIFAR10", "per_class": 50}
        tiers["full"] = _tier(colour, (45_000, 5000, 10_000), COLOUR, 128, 300_000)
        flops["full"] = 2e6 * CONVNET3_PASS["colour"]
    return Task(
        name=name,
        title=title,
        question=question,
        version=1,
        metrics=METRICS,
        scored_by=("accuracy", "others"),
        floor="chance",
        ceiling="full",
        offers=("teacher",),
        settings=tiers,
        budgets={
            tier: Budget(limits={"flops": flops[tier]}, seconds=SECONDS[tier], memory=MEMORY[tier])
            for tier in tiers
        },
        seeds={"smoke": 2, "small": seeds, "full": 5},
        data=(source,),
        seconds={"smoke": 6, "small": 30, "full": 1200},
        scoring_seconds={"smoke": 1, "small": 8, "full": 600},
        notes=(
            *found_notes(name, FOUND),
            "Iterations are cut to the budget, 40,000 passes of ConvNet-3 at one image a class and "
            "60,000 at ten: what a method would reach in hours isn't told.",
            SEEDED,
        ),
        tracks=("distill",),
    )
