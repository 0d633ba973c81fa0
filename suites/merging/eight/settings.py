"""What the task `eight` is made of: images, heads, fine-tuning, budgets, metrics, notes.

Here: plain data, read without torch. Not here: its assets (suites.merging.eight.assets), what
becomes of its two distances (suites.merging.eight.distances).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from bench.contract.metric import Metric
from bench.metering.budget import Budget
from suites.merging.eight.sets import CLASSES, TITLES, sources_of
from suites.merging.eight.sources import WEIGHTS

DISTANCES: Mapping[str, float] = {"far": 3e-4, "near": 1e-4}
"""The two rates of fine-tuning, by how far they take the experts from the pretrained weights."""

SMALL: Mapping[str, Any] = {
    "images": {
        "size": 64,
        "sets": list(CLASSES),
        "placing": {"size": [0.5, 1.0], "angle": 30.0, "shift": 0.15, "contrast": 0.3},
        "training": 800,
        "calibration": 256,
        "validation": 96,
        "test": 300,
    },
    "head": {"images": 400, "ridge": 1e-2},
    "experts": {"steps": 100, "batch": 32},
    "multitask": {"steps": 400, "batch": 32},
    "fisher_examples": 16,
    "distances": dict(DISTANCES),
}

DATA = (WEIGHTS, *sources_of(SMALL["images"]["sets"]))

# Forward FLOPs of one image: F = 6.3e7. For each distance, with K = 8 experts, a run may spend
# 3e12: 12 validations of 768 images cost 5.8e11, Gram statistics of N = 256 images each 4.4e11,
# RegMean's twelve solutions 4.5e11, MaTS's twelve of 45 iterations in the mean 1.5e12, an exact
# Fisher over 176 classes and 16 images of each set 16 (8 + 2 176) F = 3.6e11. A core does as much
# in about two minutes. A run is called on both distances.
SMALL_BUDGET = Budget(
    limits={"flops": 2 * 3e12, "examples": 2 * 8 * 256, "trials": 2 * 12},
    seconds=2 * 240,
    memory=2 * 1024**3,
)


def _fraction(name: str, title: str, meaning: str, most: float = 1.0) -> Metric:
    return Metric(
        name=name, title=title, unit="fraction", better="high", meaning=meaning, range=(0.0, most)
    )


METRICS = (
    *(
        _fraction(
            distance,
            f"{distance.title()}, {rate:g}",
            f"Mean accuracy over the eight sets where experts were fine-tuned at {rate:g}, "
            "choosing among the set's classes; it can't tell which sets were lost.",
        )
        for distance, rate in DISTANCES.items()
    ),
    _fraction(
        "accuracy",
        "Mean",
        "Mean accuracy over the eight sets and both distances; the order of methods differs "
        "between the two.",
    ),
    *(
        _fraction(
            f"{distance}_normalised",
            f"{distance.title()} / expert",
            f"Mean over the eight sets at {rate:g} of the accuracy divided by what the set's own "
            "expert reaches.",
            inf,
        )
        for distance, rate in DISTANCES.items()
    ),
    _fraction(
        "worst_set",
        "Worst set",
        "The lowest accuracy of the eight sets, mean of both distances; with 300 images a set it "
        "is noisy.",
    ),
    *(
        _fraction(
            name,
            TITLES[name],
            f"Accuracy on {TITLES[name]} among its {classes} classes, mean of both distances.",
        )
        for name, classes in CLASSES.items()
    ),
)
