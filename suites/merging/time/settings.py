"""What the task `time` is made of: drift, images, network, training, budgets, metrics.

Here: plain data, read without torch. Not here: its declaration (suites.merging.time.task), what
becomes of the drift (suites.merging.time.drawing) and of the periods (suites.merging.time.periods).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from bench.contract.metric import Metric, Point
from bench.metering.budget import Budget
from suites.merging.compose.settings import VIT
from suites.merging.compose.smoke_settings import SMOKE_VIT

FIRST_SEED = 7000
"""Seed s draws its data and networks as number FIRST_SEED + s: no other task shares any."""

DRIFT: Mapping[str, Any] = {"angle": [0.0, 60.0], "width": [1.0, 1.5], "stripes": [0.2, 0.5]}
"""At the first and the last period (suites.merging.time.drawing)."""

SMALL: Mapping[str, Any] = {
    "images": {
        "source": "glyphs",
        "size": 20,
        "groups": 1,
        "classes": 16,
        "styles": [f"period {number}" for number in range(1, 12)],
        "held_in": [[0, period] for period in (0, 2, 4, 6, 8)],
        "drift": DRIFT,
        "training": 60,
        "calibration": 16,
        "validation": 6,
        "test": 20,
    },
    "network": VIT,
    "pretraining": {
        "strength": 0.6,
        "styles": ["ink", "low_res"],
        "each": 60,
        "steps": 400,
        "batch": 32,
        "rate": 2e-3,
        "warmup": 20,
    },
    "experts": {"steps": 100, "batch": 32, "rate": 1e-3, "warmup": 5},
    "multitask": {"steps": 450, "batch": 32, "rate": 1e-3, "warmup": 20},
    "periods": True,
    "first_seed": FIRST_SEED,
}
SMOKE: Mapping[str, Any] = {
    "images": {
        **SMALL["images"],
        "classes": 8,
        "styles": [f"period {number}" for number in range(1, 7)],
        "held_in": [[0, period] for period in (0, 2, 4)],
        "training": 40,
        "calibration": 16,
        "validation": 6,
        "test": 20,
    },
    "network": SMOKE_VIT,
    "pretraining": {
        "strength": 0.6,
        "styles": ["ink", "low_res"],
        "each": 40,
        "steps": 60,
        "batch": 64,
        "rate": 2e-3,
    },
    "experts": {"steps": 40, "batch": 32, "rate": 2e-3},
    "multitask": {"steps": 200, "batch": 64, "rate": 2e-3},
    "periods": True,
    "first_seed": FIRST_SEED,
}

# Forward FLOPs of one glyph F = 6.8e6. With K = 5 experts and N = 256 images each, Gram statistics
# cost 2.0e10, 20 validations of 480 images 6.5e10, an exact Fisher over 16 classes 33 K N F =
# 2.9e11.
SMALL_BUDGET = Budget(
    limits={"flops": 1e12, "examples": 256 * 5, "trials": 20}, seconds=120, memory=2 * 1024**3
)
SMOKE_BUDGET = Budget(
    limits={"flops": 5e10, "examples": 256 * 3, "trials": 20}, seconds=60, memory=2 * 1024**3
)

_AXES = (
    ("held_in", "Held-in", "the periods that have an expert"),
    ("interpolation", "Interpolation", "the periods between two that have an expert"),
    ("extrapolation", "Extrapolation", "the periods after the last that has an expert"),
)


def _fraction(name: str, title: str, meaning: str, most: float = 1.0) -> Metric:
    return Metric(
        name=name, title=title, unit="fraction", better="high", meaning=meaning, range=(0.0, most)
    )


METRICS = (
    *(
        _fraction(
            name,
            title,
            f"Mean accuracy over {periods}; it can't tell which of them are lost.",
        )
        for name, title, periods in _AXES
    ),
    _fraction(
        "worst_period",
        "Worst period",
        "The lowest accuracy of all periods: as a rule of the last, which is farthest from all "
        "experts.",
    ),
    *(
        _fraction(
            f"{name}_normalised",
            f"{title} / expert",
            f"Mean over {periods} of the accuracy divided by what the nearest experts reach there, "
            "in the mean.",
            inf,
        )
        for name, title, periods in _AXES
    ),
    *(
        Point(
            name=f"period_{number}",
            title=f"Period {number}",
            unit="fraction",
            better="high",
            meaning=f"Accuracy in period {number}.",
            curve="Accuracy",
            axis="period",
            x=number,
        )
        for number in range(1, len(SMALL["images"]["styles"]) + 1)
    ),
)
