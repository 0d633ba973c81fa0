"""The tasks of the suite selection: what each asks, of which settings, budgets and metrics.

Here: plain data, read without torch. Not here: the pools (suites.selection.pools), metrics
(suites.selection.metrics, suites.selection.distill.metrics), their computation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.contract.metric import Metric
from bench.contract.suite import Task
from bench.metering.budget import Budget
from suites.selection import metrics
from suites.selection.distill.metrics import METRICS as MADE_METRICS
from suites.selection.statements import notes as found_notes
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


def _sizes(count: int, percents: Sequence[int]) -> list[int]:
    """How many are chosen: so many per cent, one a class at least."""
    return [max(10, round(count * percent / 100)) for percent in percents]


def _image_tier(
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
        "sizes": _sizes(left, percents),
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


def _tiers(source: str, corruption: str, first_seed: int) -> dict[str, dict[str, Any]]:
    """Smoke and small of a task on images: digits and mnist5k, or Fashion-MNIST in both."""
    if source == "mnist5k":
        counts = (3600, 400, 1000)
        smoke = _image_tier(
            "digits",
            corruption,
            first_seed,
            (1000, 200, 400),
            STRIDED_TINY,
            PASS_FLOPS["tiny"],
            6000,
        )
    else:
        counts = (6000, 600, 2000)
        smoke = _image_tier(
            source, corruption, first_seed, (1000, 200, 400), STRIDED, PASS_FLOPS["small"], 3000
        )
    small = _image_tier(
        source, corruption, first_seed, counts, STRIDED, PASS_FLOPS["small"], 10_000
    )
    return {"smoke": smoke, "small": small}


def _full(corruption: str, first_seed: int) -> dict[str, Any]:
    """CIFAR-10 and a ResNet-18."""
    return _image_tier(
        "tv:CIFAR10",
        corruption,
        first_seed,
        (45_000, 5000, 10_000),
        {"name": "resnet18", **COLOUR},
        PASS_FLOPS["resnet18"],
        200_000,
        FULL_PERCENTS,
    )


def _budgets(tiers: Mapping[str, Mapping[str, Any]]) -> dict[str, Budget]:
    return {
        tier: Budget(
            limits={"flops": POOL_PASSES * values["count"] * values["pass_flops"]},
            seconds=SECONDS[tier],
            memory=MEMORY[tier],
        )
        for tier, values in tiers.items()
    }


def _coreset(
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
    tiers = _tiers(source, corruption, first_seed)
    if full:
        tiers["full"] = _full(corruption, first_seed)
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
        budgets=_budgets(tiers),
        seeds={"smoke": 2, "small": 3, "full": 5},
        data=(source,),
        seconds={"smoke": 0.5, "small": 1.0, "full": 600},
        scoring_seconds={"smoke": 0.3, "small": 1.6, "full": 3600},
        notes=(*found_notes(name, FOUND), *notes, EVALUATOR, SEEDED),
        tracks=("select",),
    )


DEBUG_POOL, DEBUG_EPOCHS = 1000, {"smoke": 6, "small": 30}
"""Chosen so that right labels have room above the pool's own: in 30 epochs the evaluator learns
1,000 labels by heart, the wrong ones too (digits' validation: .74 as given, .91 set right). Of
3,600 in 10 epochs it learns few: .93 and .97."""


def _debug(name: str, title: str, question: str, source: str, kind: str, first_seed: int) -> Task:
    """A task that asks which labels are wrong."""
    tiers = {
        tier: {
            "kind": "debug",
            **values,
            "pool": DEBUG_POOL,
            "count": DEBUG_POOL,
            "passes": DEBUG_EPOCHS[tier] * DEBUG_POOL,
            "percents": list(FIXED),
            "sizes": _sizes(DEBUG_POOL, (10,)),
        }
        for tier, values in _tiers(source, kind, first_seed).items()
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
        budgets=_budgets(tiers),
        seeds={"smoke": 2, "small": 3},
        data=(source,),
        seconds={"smoke": 0.5, "small": 1.0},
        scoring_seconds={"smoke": 0.4, "small": 2.0},
        notes=(*found_notes(name, FOUND), DEBUG_EVALUATOR, SEEDED),
        tracks=("select",),
    )


TEXT_BUDGET = 2e10
"""FLOPs on prose, where there is no network: hashing and a linear classifier need a tenth."""


def _targeted_text() -> Task:
    def tier(source: str, pool: int, size: int, target: int) -> dict[str, Any]:
        return {
            "kind": "target_text",
            "source": source,
            "first_seed": 8000,
            "pool": pool,
            "target": target,
            "held_out": target,
            "share": 0.05,
            "sizes": [size],
        }

    tiers = {
        "smoke": tier("docstrings-science", 1500, 75, 50),
        "small": tier("docstrings", 12_000, 600, 120),  # seven domains have 600 + 2 x 120 pieces
    }
    return Task(
        name="targeted-text",
        title="targeted, text",
        question="Which 600 of 12,000 pieces of prose teach a word model most about a library that "
        "is known from 120 pieces alone?",
        version=1,
        metrics=(metrics.CROSS_ENTROPY, metrics.TARGET_SHARE),
        scored_by=("cross_entropy",),
        floor="random",
        ceiling="oracle",
        offers=("tokens", "target", "subset_only"),
        settings=tiers,
        budgets={
            tier: Budget(limits={"flops": TEXT_BUDGET}, seconds=SECONDS[tier], memory=MEMORY[tier])
            for tier in tiers
        },
        seeds={"smoke": 2, "small": 3},
        data=("docstrings", "docstrings-science"),
        seconds={"smoke": 1, "small": 5},
        scoring_seconds={"smoke": 0.5, "small": 1.5},
        notes=(
            *found_notes("targeted-text", FOUND),
            "The prose is docstrings of the installed libraries, so its digest changes with their "
            "versions; the lock names those of the published records.",
        ),
        tracks=("select",),
    )


def _targeted_image() -> Task:
    def tier(base: Mapping[str, Any], size: int, codes: int, target: int) -> dict[str, Any]:
        kept = {name: value for name, value in base.items() if name != "percents"}
        side = base["network"]["side"]
        return {
            **kept,
            "kind": "target_images",
            "corruption": "styles",
            "sizes": [size],
            "target": target,
            "patch": 7 if side == 28 else 2,
            "codes": codes,
        }

    base = _tiers("mnist5k", "clean", 9000)
    tiers = {
        "smoke": tier(base["smoke"], 100, 64, 50),
        "small": tier(base["small"], 500, 256, 100),
    }
    return Task(
        name="targeted-image",
        title="targeted, images",
        question="Which 500 of 3,600 digits in six styles teach most about one style, known from "
        "100 images without labels?",
        version=1,
        metrics=(metrics.TARGET_ACCURACY, metrics.TARGET_SHARE),
        scored_by=("accuracy",),
        floor="random",
        ceiling="oracle",
        offers=("images", "labels", "tokens", "target", "subset_only"),
        settings=tiers,
        budgets=_budgets(tiers),
        seeds={"smoke": 2, "small": 3},
        data=("mnist5k",),
        seconds={"smoke": 1, "small": 3},
        scoring_seconds={"smoke": 0.2, "small": 0.6},
        notes=(*found_notes("targeted-image", FOUND), EVALUATOR, SEEDED),
        tracks=("select",),
    )


CONVNET3_PASS = {"tiny": 1257376.0, "small": 4307984.0}
"""FLOPs of one example's forward and backward pass through ConvNet-3; a test holds them."""


AUGMENT = ("colour", "crop", "cutout", "scale", "rotate")
"""DSA's, but for flips, which would make another digit of one."""


def _distill(
    name: str, title: str, question: str, source: str, per_class: int, first_seed: int
) -> Task:
    """A task that asks for synthetic images."""
    passes = 40_000 if per_class == 1 else 60_000

    def tier(
        source: str, counts: tuple[int, int, int], images: Mapping[str, Any], width: int, of: int
    ) -> dict[str, Any]:
        pool, validation, test = counts
        return {
            "kind": "distill",
            "source": source,
            "corruption": "clean",
            "first_seed": first_seed,
            "pool": pool,
            "validation": validation,
            "test": test,
            "classes": 10,
            "per_class": per_class,
            "augment": [*AUGMENT, *(["flip"] if "Fashion" in source else [])],
            "evaluators": [
                {"name": "convnet3", "width": width, "starts": 2},
                {"name": "mlp"},
                {"name": "lenet"},
                {"name": "strided", "widths": WIDTHS},
            ],
            "recipe": RECIPE,
            "evaluation_passes": of,
            "full_passes": 10 * of,
            "teacher": {"widths": [width] * (2 if images["side"] < 16 else 3), "epochs": 10},
        }

    smoke_source = "digits" if source == "mnist5k" else source
    images = TINY if source == "mnist5k" else SMALL
    counts = (3600, 400, 1000) if source == "mnist5k" else (6000, 600, 2000)
    tiers = {
        "smoke": tier(smoke_source, (600, 200, 400), images, 32 if images is TINY else 16, 1000),
        "small": tier(source, counts, SMALL, 16, 3000),
    }
    flops = {
        "smoke": passes * CONVNET3_PASS["tiny" if images is TINY else "small"],
        "small": passes * CONVNET3_PASS["small"],
    }
    return Task(
        name=name,
        title=title,
        question=question,
        version=1,
        metrics=MADE_METRICS,
        scored_by=("accuracy", "others"),
        floor="chance",
        ceiling="full",
        offers=("teacher",),
        settings=tiers,
        budgets={
            tier: Budget(limits={"flops": flops[tier]}, seconds=SECONDS[tier], memory=MEMORY[tier])
            for tier in tiers
        },
        seeds={"smoke": 2, "small": 3},
        data=(source,),
        seconds={"smoke": 6, "small": 30},
        scoring_seconds={"smoke": 1, "small": 8},
        notes=(
            *found_notes(name, FOUND),
            "Iterations are cut to the budget, 40,000 passes of ConvNet-3 at one image a class and "
            "60,000 at ten: what a method would reach in hours isn't told.",
            SEEDED,
        ),
        tracks=("distill",),
    )


TASKS = (
    _coreset(
        "coreset-clean",
        "digits, clean",
        "Which 1, 10 and 30% of 3,600 digits train a model best?",
        "mnist5k",
        "clean",
        1000,
        full=True,
    ),
    _coreset(
        "coreset-noise",
        "digits, wrong labels",
        "Which part trains a model best, where a fifth of the labels is wrong?",
        "mnist5k",
        "noise",
        2000,
        full=True,
        more=(metrics.WRONG,),
    ),
    _coreset(
        "coreset-tail",
        "digits, long tail",
        "Which part trains a model best for all classes, where one is 20 times another?",
        "mnist5k",
        "tail",
        3000,
    ),
    _coreset(
        "coreset-copies",
        "digits, copies",
        "Which part trains a model best, where most of the pool are copies of a few?",
        "mnist5k",
        "copies",
        4000,
        more=(metrics.DUPLICATES,),
    ),
    _coreset(
        "coreset-fashion",
        "clothes, clean",
        "Which 1, 10 and 30% of 6,000 pictures of clothes train a model best?",
        "tv:FashionMNIST",
        "clean",
        5000,
    ),
    _coreset(
        "coreset-fashion-noise",
        "clothes, wrong labels",
        "Which part of the clothes trains best, where a fifth of the labels is wrong?",
        "tv:FashionMNIST",
        "noise",
        6000,
        more=(metrics.WRONG,),
    ),
    _debug(
        "debug-mnist",
        "digits, setting right",
        "Which labels are wrong, a fifth of them at random? The first suspects are set right.",
        "mnist5k",
        "noise",
        7000,
    ),
    _debug(
        "debug-fashion",
        "clothes, setting right",
        "Which labels are wrong, a fifth of each class moved to the next one?",
        "tv:FashionMNIST",
        "pairs",
        7500,
    ),
    _targeted_text(),
    _targeted_image(),
    _distill(
        "distill-mnist-1",
        "digits, one a class",
        "Which ten images, one a class, train a network from its start best?",
        "mnist5k",
        1,
        10_000,
    ),
    _distill(
        "distill-fashion-1",
        "clothes, one a class",
        "Which ten pictures of clothes train a network from its start best?",
        "tv:FashionMNIST",
        1,
        11_000,
    ),
    _distill(
        "distill-fashion-10",
        "clothes, ten a class",
        "Which hundred pictures of clothes train a network from its start best?",
        "tv:FashionMNIST",
        10,
        12_000,
    ),
)
