"""Settings of the tier `smoke` of the suite merging.

As small as they may be: on every task the ceiling is above the floor in held-in and in held-out
accuracy at each seed, by .05 or more (tests/test_end_to_end.py holds it).
They were chosen by the two references alone (suites.merging.compose.pilot). Not here: the tasks,
and their other tiers (suites.merging.tasks).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SMOKE_GLYPHS: Mapping[str, Any] = {
    "source": "glyphs",
    "size": 20,
    "groups": 4,
    "classes": 2,
    "styles": ["inverse", "grating"],
    "held_in": [[group, group // 2] for group in range(4)],
    "training": 64,
    "calibration": 32,
    "validation": 8,
    "test": 40,
}
SMOKE_DOMAINS: Mapping[str, Any] = {
    **SMOKE_GLYPHS,
    "styles": ["inverse", "grating", "check", "slope"],
    "held_in": [[group, group] for group in range(4)],
    "held_out_every": 3,
}
SMOKE_VIT: Mapping[str, Any] = {
    "size": 20,
    "patch": 4,
    "width": 32,
    "depth": 2,
    "heads": 2,
    "hidden": 64,
}
SMOKE_MNIST: Mapping[str, Any] = {
    "source": "mnist5k",
    "size": 24,
    "groups": 5,
    "classes": 2,
    "styles": ["inverse", "grating"],
    "held_in": [[0, 0], [1, 0], [2, 1], [3, 1], [4, 1]],
    "training": 60,
    "calibration": 32,
    "validation": 10,
    "test": 40,
}
SMOKE_MNIST_VIT: Mapping[str, Any] = {**SMOKE_VIT, "size": 24}
SMOKE_FASHION: Mapping[str, Any] = {**SMOKE_MNIST, "source": "tv:FashionMNIST"}


def smoke_tier(
    images: Mapping[str, Any],
    network: Mapping[str, Any],
    strength: float,
    pretraining: tuple[int, int] = (40, 60),
) -> dict[str, Any]:
    """A task's settings at the tier `smoke`.

    Args:
        images, network: settings.
        strength: of the styles in pretraining.
        pretraining: images of each class and style, and steps.
    """
    return {
        "images": images,
        "network": network,
        "pretraining": {
            "strength": strength,
            "styles": ["ink", *images["styles"]],
            "each": pretraining[0],
            "steps": pretraining[1],
            "batch": 64,
            "rate": 2e-3,
        },
        "experts": {"steps": 20, "batch": 32, "rate": 1e-3},
        "multitask": {"steps": 300, "batch": 64, "rate": 2e-3},
    }
