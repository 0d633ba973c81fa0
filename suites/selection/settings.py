"""The settings that tasks of the suite selection share: pools of images, networks, budgets.

Here: plain data, read without torch. Not here: the tasks (suites.selection.tasks and its
neighbours), the pools themselves (suites.selection.pools).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.metering.budget import Budget
from suites.selection.statements import read

FOUND = read()
"""What the published records show of the suite's statements."""

PERCENTS, FULL_PERCENTS = (1, 10, 30), (1, 5, 10, 30, 50)
"""The sizes that are asked for, in per cent of the pool."""

FIXED = (5, 10, 20, 40)
"""The shares of the pool that are set right, in per cent."""

POOL_PASSES = 60
"""What a method that chooses may spend, in forward and backward passes over the pool."""

RECIPE = {"rate": 6e-3, "decay": 5e-4, "batch": 32}
SMALL = {"channels": 1, "side": 28, "classes": 10}
TINY = {**SMALL, "side": 8}
COLOUR = {"channels": 3, "side": 32, "classes": 10}
WIDTHS = [8, 16, 32]

PASS_FLOPS = {"tiny": 62560.0, "small": 876880.0, "resnet18": 3335592000.0}
"""FLOPs of one example's forward and backward pass; a test holds them against the meter."""

SECONDS = {"smoke": 120.0, "small": 900.0, "full": 24 * 3600.0}
MEMORY = {"smoke": 2 * 1024**3, "small": 3 * 1024**3, "full": 64 * 1024**3}

EVALUATOR = (
    "The evaluator, a ConvNet with strides and 11,018 weights, trains for 10,000 passes whatever "
    "the size; its start and the order of its batches are the seed's, the same for every method. "
    "Batch 32 and rate .006 were chosen on validation images (`python -m suites.selection.pilot`)."
)
DEBUG_EVALUATOR = (
    "The evaluator trains for 30 epochs of 1,000 images, so that it learns wrong labels by heart "
    "and setting them right shows; its start and its batches are the seed's. Not even a perfect "
    "order reaches the ceiling: the first 5% can't hold all that is wrong."
)
SEEDED = (
    "A seed draws the pool, the validation set and the test anew from one source, so that two "
    "seeds share images; an interval is of such draws, not of other sources."
)

IMAGE_NEEDS = ("images", "labels", "early", "course", "validation", "reference")


def sizes_of(count: int, percents: Sequence[int]) -> list[int]:
    """How many are chosen: so many per cent, one a class at least."""
    return [max(10, round(count * percent / 100)) for percent in percents]


def image_tier(
    source: str,
    corruption: str,
    first_seed: int,
    counts: tuple[int, int, int],
    network: Mapping[str, Any],
    pass_flops: float,
    passes: int,
    percents: Sequence[int] = PERCENTS,
) -> dict[str, Any]:
    """The settings that tasks on images share.

    Args:
        counts: of the pool, the validation set and the test.
    """
    pool, validation, test = counts
    left = round(pool * 0.25) if corruption == "tail" else pool
    return {
        "source": source,
        "corruption": corruption,
        "first_seed": first_seed,
        "pool": pool,
        "validation": validation,
        "test": test,
        "count": left,
        "percents": list(percents),
        "sizes": sizes_of(left, percents),
        "network": dict(network),
        "recipe": RECIPE,
        "passes": passes,
        "pass_flops": pass_flops,
        "classes": 10,
    }


STRIDED, STRIDED_TINY = (
    {"name": "strided", "widths": WIDTHS, **SMALL},
    {"name": "strided", "widths": WIDTHS, **TINY},
)


def image_tiers(source: str, corruption: str, first_seed: int) -> dict[str, dict[str, Any]]:
    """Smoke and small of a task on images: digits and mnist5k, or Fashion-MNIST in both."""
    if source == "mnist5k":
        counts = (3600, 400, 1000)
        smoke = image_tier(
            "digits",
            corruption,
            first_seed,
            (1000, 200, 400),
            STRIDED_TINY,
            PASS_FLOPS["tiny"],
            2000,
        )
    else:
        counts = (6000, 600, 2000)
        smoke = image_tier(
            source, corruption, first_seed, (1000, 200, 400), STRIDED, PASS_FLOPS["small"], 2000
        )
    small = image_tier(source, corruption, first_seed, counts, STRIDED, PASS_FLOPS["small"], 10_000)
    return {"smoke": smoke, "small": small}


def on_cifar(corruption: str, first_seed: int) -> dict[str, Any]:
    """CIFAR-10 and a ResNet-18."""
    return image_tier(
        "tv:CIFAR10",
        corruption,
        first_seed,
        (45_000, 5000, 10_000),
        {"name": "resnet18", **COLOUR},
        PASS_FLOPS["resnet18"],
        200_000,
        FULL_PERCENTS,
    )


def pool_budgets(tiers: Mapping[str, Mapping[str, Any]]) -> dict[str, Budget]:
    return {
        tier: Budget(
            limits={"flops": POOL_PASSES * values["count"] * values["pass_flops"]},
            seconds=SECONDS[tier],
            memory=MEMORY[tier],
        )
        for tier, values in tiers.items()
    }
