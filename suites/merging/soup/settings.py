"""What the task `soup` is made of: images, the network, the sweep, budgets, metrics.

Here: plain data, read without torch. Not here: its assets (suites.merging.soup.assets), what
becomes of them (suites.merging.soup.grid).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from bench.contract.metric import Metric
from bench.metering.budget import Budget
from suites.merging.compose.settings import VIT
from suites.merging.compose.smoke_settings import SMOKE_VIT

NETWORK: Mapping[str, Any] = {**VIT, "depth": 2, "hidden": 128}
"""Two thirds of compose's: a sweep trains twelve of it."""

FIRST_SEED = 6000
"""Seed s draws its data and networks as number FIRST_SEED + s: no other task's."""

SMALL: Mapping[str, Any] = {
    "first_seed": FIRST_SEED,
    "images": {
        "source": "glyphs",
        "size": 20,
        "groups": 1,
        "classes": 32,
        "styles": ["dots", "ink", "outline", "low_res", "slope"],
        "held_in": [[0, 0]],
        "experts": 12,
        "training": 8,
        "calibration": 9,
        "validation": 12,
        "test": 20,
        "test_held_in": 40,
    },
    "network": NETWORK,
    "pretraining": {
        "strength": 0.6,
        "styles": ["dots", "ink", "outline", "low_res", "slope"],
        "each": 60,
        "steps": 600,
        "batch": 32,
        "rate": 2e-3,
        "warmup": 20,
    },
    "sweep": {
        "grid": {
            "rate": [1e-4, 3e-4, 1e-3, 3e-3],
            "decay": [0.0, 0.1],
            "smoothing": [0.0, 0.1, 0.2],
            "shift": [0, 1, 2],
            "steps": [60, 120],
        },
        "batch": 32,
        "warmup": 5,
    },
    "informed": {
        "held_in": 240,
        "each": 40,
        "steps": 600,
        "batch": 32,
        "rate": 2e-3,
        "warmup": 20,
    },
}
"""Images of a class: `training` is seen by all experts, `calibration` and `validation` are what all
experts have together."""

SMOKE: Mapping[str, Any] = {
    "first_seed": FIRST_SEED,
    "images": {
        **SMALL["images"],
        "classes": 8,
        "styles": ["dots", "ink", "slope"],
        "experts": 4,
        "training": 8,
        "calibration": 8,
        "validation": 8,
        "test": 20,
        "test_held_in": 40,
    },
    "network": SMOKE_VIT,
    "pretraining": {
        "strength": 0.6,
        "styles": ["dots", "ink", "slope"],
        "each": 40,
        "steps": 60,
        "batch": 64,
        "rate": 2e-3,
    },
    "sweep": {
        "grid": {
            "rate": [1e-3, 4e-3],
            "decay": [0.0, 0.1],
            "smoothing": [0.0, 0.1],
            "shift": [0, 1],
            "steps": [30],
        },
        "batch": 32,
        "warmup": 5,
    },
    "informed": {
        "held_in": 80,
        "each": 40,
        "steps": 200,
        "batch": 64,
        "rate": 2e-3,
        "warmup": 5,
    },
}

# Forward FLOPs of one glyph: F = 3.7e6. With K = 12 experts of 24 images each, Gram statistics cost
# 2e9 and an exact Fisher over 32 classes 288 (8 + 2 32) F = 7.7e10; 24 validations of 384 images
# 3.4e10 (a greedy soup takes 2 K - 1 of them); a hundred steps of training on 32 images 3.6e10. A
# run may spend what compose's may, so that methods that train as long as the sweep itself (1,080
# steps, 3.8e11) have room.
SMALL_BUDGET = Budget(
    limits={"flops": 1e12, "examples": 256 * 12, "trials": 24}, seconds=180, memory=2 * 1024**3
)
# F = 1.0e6, and a third of the experts.
SMOKE_BUDGET = Budget(
    limits={"flops": 5e10, "examples": 256 * 4, "trials": 24}, seconds=60, memory=2 * 1024**3
)

SHIFTS: Mapping[str, str] = {
    style: style.replace("_", "-").title() for style in SMALL["images"]["styles"][1:]
}


def _fraction(name: str, title: str, meaning: str, most: float = 1.0) -> Metric:
    return Metric(
        name=name, title=title, unit="fraction", better="high", meaning=meaning, range=(0.0, most)
    )


METRICS = (
    _fraction(
        "held_in",
        "Held-in",
        "Accuracy among all classes on new images of the distribution that every expert was "
        "fine-tuned on; it can't tell a better soup from a luckier sweep.",
    ),
    _fraction(
        "held_out",
        "Held-out",
        "Mean accuracy over the shifted test sets: the same classes in styles that no expert was "
        "fine-tuned on; a mean hides which shifts were lost.",
    ),
    _fraction(
        "held_in_normalised",
        "Held-in / expert",
        "Held-in accuracy divided by the experts' mean: above 1 where it is worth more than a "
        "fine-tuning chosen blindly.",
        inf,
    ),
    _fraction(
        "held_out_normalised",
        "Held-out / expert",
        "The mean over the shifted test sets of the accuracy divided by the experts' mean.",
        inf,
    ),
    _fraction(
        "worst_shift",
        "Worst shift",
        "The lowest accuracy of the shifted test sets; which one it is may differ from row to row.",
    ),
    *(
        _fraction(style, title, f"Accuracy among all classes in the style {title.lower()} alone.")
        for style, title in SHIFTS.items()
    ),
)
