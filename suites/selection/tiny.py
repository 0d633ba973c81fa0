"""The smallest real problems of both tracks: what checks and tests hold a method against.

Here: pools of a few hundred handwritten digits of 8 x 8 pixels, with everything that can be bought
trained for real. Not here: the clauses (suites.selection.checks).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import torch

from bench.contract.job import Assets, Output
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.selection.bought import build_course, build_early, build_reference
from suites.selection.counters import COUNTERS
from suites.selection.distill.augmentations import FOR_DIGITS
from suites.selection.distill.pools import build_answers as standardised_answers
from suites.selection.distill.pools import build_pool as standardised_pool
from suites.selection.distill.problem import DistillProblem
from suites.selection.distill.teacher import build_teacher
from suites.selection.networks import build
from suites.selection.passes import Passes
from suites.selection.pools import build_answers, build_pool, build_validation
from suites.selection.problem import SelectionProblem
from suites.selection.training import Recipe

POOL, VALIDATION, TEST, CLASSES, SIDE = 300, 100, 200, 10, 8
SIZES = (10, 30, 90)
RECIPE = {"rate": 6e-3, "decay": 5e-4, "batch": 32}
IMAGES = {"channels": 1, "side": SIDE, "classes": CLASSES}
NETWORK = {"name": "strided", "widths": [8, 16, 32], **IMAGES}
TEACHER = {"widths": [8, 8], "epochs": 10, "recipe": RECIPE, "classes": CLASSES}


def arguments(corruption: str = "clean", seed: int = 0) -> dict[str, Any]:
    """Of the builders, for a pool of digits."""
    return {
        "source": "digits",
        "seed": seed,
        "pool": POOL,
        "validation": VALIDATION,
        "test": TEST,
        "corruption": corruption,
        "classes": CLASSES,
        "network": NETWORK,
        "recipe": RECIPE,
    }


@cache
def pool_assets(corruption: str = "clean", seed: int = 0) -> Assets:
    """Everything that a task with such a pool hands to a run, answers included."""
    given = arguments(corruption, seed)
    pool, validation = build_pool(given, {}), build_validation(given, {})
    return {
        "pool": pool,
        "validation": validation,
        "early": build_early(given, {"pool": pool}),
        "course": build_course(given, {"pool": pool}),
        "reference": build_reference(given, {"validation": validation}),
        "answers": build_answers(given, {}),
    }


@cache
def word_assets(seed: int = 0) -> Assets:
    """A pool and a target of short texts in two vocabularies that overlap, the target's rarer."""
    draws = torch.Generator().manual_seed(seed)

    def text(first: int) -> str:
        words = first + torch.randint(60, (40,), generator=draws)
        return " ".join(f"w{word}" for word in words.tolist())

    pool = [text(40 if number % 10 == 0 else 0) for number in range(POOL)]
    target = [text(40) for _ in range(30)]
    return {"pool": Output({}, {"tokens": pool}), "target": Output({}, {"tokens": target})}


def tiny_problem(
    needs: tuple[str, ...] | None = None,
    corruption: str = "clean",
    sizes: Sequence[int] = SIZES,
    seed: int = 0,
    meter: Meter | None = None,
    words: bool = False,
) -> SelectionProblem:
    """Digits to choose from, or texts.

    Args:
        needs: what the method declares; None for all.
        words: texts in place of digits.
        corruption: as of suites.selection.pools.corrupt.
        meter: what it charges; by default one without limits.
    """
    meter = Meter(Budget(), COUNTERS) if meter is None else meter
    assets = word_assets(seed) if words else pool_assets(corruption, seed)
    given = {name: asset for name, asset in assets.items() if name != "answers"}
    count = POOL if words else len(assets["pool"].tensors["labels"])
    return SelectionProblem(
        count=count,
        sizes=tuple(sizes),
        classes=0 if words else CLASSES,
        generator=torch.Generator().manual_seed(seed),
        needs=needs,
        _meter=meter,
        _passes=Passes(meter),
        _given=given,
        _network=None if words else build(NETWORK),
        _recipe=Recipe.of(RECIPE),
    )


@cache
def made_assets(seed: int = 0) -> Assets:
    """The clean pool in the scale that networks see, its teacher, and the answers."""
    given = arguments("clean", seed)
    pool = standardised_pool(given, {})
    return {
        "pool": pool,
        "teacher": build_teacher({**TEACHER, "seed": seed}, {"pool": pool}),
        "answers": standardised_answers(given, {"pool": pool}),
    }


def tiny_distill(
    needs: tuple[str, ...] | None = None,
    per_class: int = 1,
    seed: int = 0,
    meter: Meter | None = None,
) -> DistillProblem:
    """Digits to make a few of; arguments as of `tiny_problem`."""
    meter = Meter(Budget(), COUNTERS) if meter is None else meter
    assets = made_assets(seed)
    pool = assets["pool"]
    return DistillProblem(
        images=pool.tensors["images"],
        labels=pool.tensors["labels"],
        classes=CLASSES,
        per_class=per_class,
        generator=torch.Generator().manual_seed(seed),
        network=build({"name": "convnet3", **IMAGES, "width": 8}),
        recipe=Recipe.of(RECIPE),
        lowest=pool.data["lowest"],
        highest=pool.data["highest"],
        strategies=FOR_DIGITS,
        needs=needs,
        _meter=meter,
        _passes=Passes(meter),
        _given={"teacher": assets["teacher"]},
    )
