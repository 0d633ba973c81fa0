"""What the task `rebasin` is made of: images, pairs of networks, training, budgets, metrics.

Here: plain data, read without torch. Not here: its assets (suites.merging.rebasin.assets), what
becomes of its pairs (suites.merging.rebasin.pairs).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from bench.contract.metric import Metric
from bench.metering.budget import Budget

DATA = ("mnist5k",)

SAME, SPLIT = [list(range(10))], [list(range(5)), list(range(5, 10))]
"""The groups of digits that the two networks of a pair know: one for both, or one each."""


def _pair(
    kind: str, widths: list[int], groups: list[list[int]], steps: int, batch: int, rate: float
) -> Mapping[str, Any]:
    return {
        "network": {"kind": kind, "widths": widths},
        "groups": groups,
        "training": {"steps": steps, "batch": batch, "rate": rate},
    }


SMALL: Mapping[str, Any] = {
    "images": {
        "source": "mnist5k",
        "training": 2800,
        "calibration": 256,
        "validation": 200,
        "test": 1200,
    },
    "pairs": {
        "narrow": _pair("mlp", [784, 128, 128, 128, 10], SAME, 600, 64, 1e-3),
        "wide": _pair("mlp", [784, 512, 512, 512, 10], SAME, 400, 64, 1e-3),
        "split": _pair("mlp", [784, 256, 256, 10], SPLIT, 400, 64, 1e-3),
        "conv": _pair("residual", [16, 32], SAME, 400, 32, 6e-3),
    },
    "fisher_examples": 64,
}
"""Each pair's networks, what digits they know, and how both are trained; the most of an expert's
examples that Fisher information is taken on, which else costs more than all other statistics."""

SMOKE: Mapping[str, Any] = {
    "images": {
        "source": "mnist5k",
        "training": 800,
        "calibration": 64,
        "validation": 40,
        "test": 300,
    },
    "pairs": {
        "narrow": _pair("mlp", [784, 24, 24, 24, 10], SAME, 120, 32, 3e-3),
        "wide": _pair("mlp", [784, 64, 64, 64, 10], SAME, 80, 32, 3e-3),
        "split": _pair("mlp", [784, 32, 32, 10], SPLIT, 80, 32, 3e-3),
        "conv": _pair("residual", [8, 16], SAME, 80, 32, 1e-2),
    },
    "fisher_examples": 64,
}

PATH = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares of the way from the first network to the merged one at which its loss is measured."""

# Forward FLOPs of one image: F = 1.9e6 in the wide perceptron, 3.3e6 in the residual network. A
# sweep of weight matching costs 2.4e9 on the wide pair (three assignments of 512 and their
# products), all hundred sweeps 2.4e11; Gram statistics of 512 images 1.6e9 and RegMean's nine
# solutions 2e10; an exact Fisher of 64 images an expert 128 (8 + 2 10) F = 1.2e10; 20 validations
# of 400 images 2.6e10. A run is called on four pairs, and a core does 1e12 in about 20 seconds.
SMALL_BUDGET = Budget(
    limits={"flops": 1e12, "examples": 4 * 2 * 256, "trials": 4 * 20},
    seconds=300,
    memory=2 * 1024**3,
)
SMOKE_BUDGET = Budget(
    limits={"flops": 1e11, "examples": 4 * 2 * 256, "trials": 4 * 20},
    seconds=120,
    memory=2 * 1024**3,
)

TITLES: Mapping[str, tuple[str, str]] = {
    "narrow": ("MLP 128", "perceptrons of width 128 that saw the same digits"),
    "wide": ("MLP 512", "perceptrons of width 512 that saw the same digits"),
    "split": ("MLP 256, split", "perceptrons of width 256 that saw five digits each"),
    "conv": ("Residual", "residual networks with BatchNorm that saw the same digits"),
}


def _fraction(name: str, title: str, meaning: str, most: float = 1.0) -> Metric:
    return Metric(
        name=name, title=title, unit="fraction", better="high", meaning=meaning, range=(0.0, most)
    )


METRICS = (
    *(
        _fraction(
            pair,
            title,
            f"Accuracy among all ten digits of what became of two {meaning}; it can't tell how "
            "sure the network is.",
        )
        for pair, (title, meaning) in TITLES.items()
    ),
    _fraction("accuracy", "Mean", "Mean of the four pairs' accuracies, which hides their order."),
    *(
        _fraction(
            f"{pair}_normalised",
            f"{title} / experts",
            "The same, each group of digits divided by what the experts that know it reach there.",
            inf,
        )
        for pair, (title, _meaning) in TITLES.items()
    ),
    Metric(
        name="barrier",
        title="Barrier",
        unit="loss",
        better="low",
        meaning="Mean over the pairs of how far the test loss (nats) rises, on the straight path "
        "from the first network to the merged one, above the line between the experts' own; it "
        "shows nothing where the digits are shared out, as both ends are bad there, and a network "
        "without a path has none.",
    ),
)
