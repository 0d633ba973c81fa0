"""The tasks that ask for a part of a pool that resembles a target: of prose, of images.

Here: plain data, read without torch. Not here: the prose (suites.selection.text), styles and words
of images (suites.selection.target_images).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.contract.suite import Task
from bench.metering.budget import Budget
from suites.selection import metrics
from suites.selection.settings import (
    EVALUATOR,
    FOUND,
    MEMORY,
    SECONDS,
    SEEDED,
    image_tiers,
    pool_budgets,
)
from suites.selection.statements import notes as found_notes

TEXT_BUDGET = 2e10
"""FLOPs on 12,000 pieces of prose, where there is no network: hashing and a linear classifier need
a tenth."""


def targeted_text() -> Task:
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
        "full": tier("hf:ag_news", 60_000, 3000, 500),
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
            tier: Budget(
                limits={"flops": TEXT_BUDGET * tiers[tier]["pool"] / 12_000},
                seconds=SECONDS[tier],
                memory=MEMORY[tier],
            )
            for tier in tiers
        },
        seeds={"smoke": 2, "small": 10, "full": 5},  # half of the pairs need 13, and a run is short
        data=("docstrings", "docstrings-science"),
        seconds={"smoke": 1, "small": 5, "full": 60},
        scoring_seconds={"smoke": 0.5, "small": 1.5, "full": 20},
        notes=(
            *found_notes("targeted-text", FOUND),
            "The prose is docstrings of the installed libraries, so its digest changes with their "
            "versions; the lock names those of the published records.",
        ),
        tracks=("select",),
    )


def targeted_image() -> Task:
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

    base = image_tiers("mnist5k", "clean", 9000)
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
        budgets=pool_budgets(tiers),
        seeds={"smoke": 2, "small": 8},  # styles differ in how much room they leave
        data=("mnist5k",),
        seconds={"smoke": 1, "small": 3},
        scoring_seconds={"smoke": 0.2, "small": 0.6},
        notes=(*found_notes("targeted-image", FOUND), EVALUATOR, SEEDED),
        tracks=("select",),
    )
