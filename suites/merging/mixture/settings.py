"""What the task `experts-moe` is made of: images, mixture, training, budgets, metrics.

Here: plain data, read without torch. Not here: its assets (suites.merging.mixture.assets), what
becomes of its experts (suites.merging.mixture.cells).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from bench.contract.metric import Metric
from bench.metering.budget import Budget

DATA = ("mnist5k",)

SMALL: Mapping[str, Any] = {
    "images": {
        "source": "mnist5k",
        "styles": ["ink", "inverse", "outline", "grating", "dots", "low_res"],
        "training": 2400,
        "calibration": 800,
        "validation": 600,
        "test": 1200,
    },
    "mixture": {"pixels": 784, "width": 64, "hidden": 64, "experts": 16, "classes": 10},
    "training": {"steps": 800, "batch": 128, "rate": 1e-3, "balance": 0.1},
}
SMOKE: Mapping[str, Any] = {
    "images": {
        **SMALL["images"],
        "styles": ["ink", "inverse"],
        "training": 800,
        "calibration": 200,
        "validation": 200,
        "test": 300,
    },
    "mixture": {"pixels": 784, "width": 32, "hidden": 24, "experts": 6, "classes": 10},
    "training": {"steps": 120, "batch": 64, "rate": 3e-3, "balance": 0.1},
}

# Forward FLOPs of one image: F = 1.2e5. With K = 16 experts, an exact Fisher of 800 images over ten
# classes costs 21 * 800 F = 2e9, 20 validations of 600 images 1.4e9, and aligning 15 experts by
# weight matching 15 (2 64^3 2 + 64^3) a sweep, 2e7: nothing here is dear.
SMALL_BUDGET = Budget(
    limits={"flops": 2e11, "examples": 256 * 16, "trials": 20}, seconds=120, memory=2 * 1024**3
)
SMOKE_BUDGET = Budget(
    limits={"flops": 5e10, "examples": 256 * 6, "trials": 20}, seconds=60, memory=2 * 1024**3
)

METRICS = (
    Metric(
        name="accuracy",
        title="Accuracy",
        unit="fraction",
        better="high",
        meaning="Accuracy on all test images as they come; it can't tell whose images are lost.",
        range=(0.0, 1.0),
    ),
    Metric(
        name="by_expert",
        title="By expert",
        unit="fraction",
        better="high",
        meaning="Mean over experts of the accuracy on the images that the router sends to each, "
        "however few they are.",
        range=(0.0, 1.0),
    ),
    Metric(
        name="accuracy_normalised",
        title="Accuracy / mixture",
        unit="fraction",
        better="high",
        meaning="Accuracy divided by that of the mixture with all its experts.",
        range=(0.0, inf),
    ),
)
