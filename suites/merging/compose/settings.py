"""What merging's tasks are made of at the tier `small`: images, networks, training.

Here: plain data, read without torch. Not here: the tasks themselves (suites.merging.definition),
the tier `smoke` (suites.merging.compose.smoke_settings), what `scaling` adds
(suites.merging.scaling.settings).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# A class is 4 random strokes. `ink` and `low_res` are seen in pretraining only.
GLYPHS: Mapping[str, Any] = {
    "source": "glyphs",
    "size": 20,
    "groups": 16,
    "classes": 4,
    "styles": ["inverse", "outline", "grating", "dots"],
    "held_in": [[group, group // 4] for group in range(16)],
    "held_out_every": 3,
    "training": 100,
    "calibration": 64,
    "validation": 8,
    "test": 28,
}
# Eight domains, each with classes of its own: what an expert knows of its style no other does.
DOMAINS: Mapping[str, Any] = {
    "source": "glyphs",
    "size": 20,
    "groups": 8,
    "classes": 8,
    "styles": ["inverse", "outline", "grating", "dots", "low_res", "relief", "check", "slope"],
    "held_in": [[group, group] for group in range(8)],
    "held_out_every": 3,
    "training": 100,
    "calibration": 32,
    "validation": 8,
    "test": 20,
}
# As compose near, with half of its groups.
PREFIXED: Mapping[str, Any] = {
    **GLYPHS,
    "groups": 8,
    "held_in": [[group, group // 2] for group in range(8)],
}
VIT: Mapping[str, Any] = {
    "size": 20,
    "patch": 4,
    "width": 64,
    "depth": 3,
    "heads": 4,
    "hidden": 192,
}


WIDE_VIT: Mapping[str, Any] = {**VIT, "width": 128, "hidden": 384}


def small_tier(
    images: Mapping[str, Any],
    network: Mapping[str, Any],
    strength: float,
    rate: float,
    steps: tuple[int, int],
) -> dict[str, Any]:
    """The tier `small`.

    Args:
        images, network: settings.
        strength: of the styles in pretraining.
        rate: of fine-tuning.
        steps: of pretraining and of the multitask network.
    """
    return {
        "images": images,
        "network": network,
        "pretraining": {
            "strength": strength,
            "styles": list(dict.fromkeys(["ink", "low_res", *images["styles"]])),
            "each": 60,
            "steps": steps[0],
            "batch": 32,
            "rate": 2e-3,
            "warmup": 20,
        },
        "experts": {"steps": 80, "batch": 32, "rate": rate, "warmup": 5},
        "multitask": {"steps": steps[1], "batch": 32, "rate": rate, "warmup": 20},
    }


# Ten digits in the five pairs of Split-MNIST; each pair is seen in three of the five styles: 15
# experts. With one or two styles a pair, joint training itself gains little on the cells it hasn't
# seen, so there would be no scale to score held-out accuracy on. Every style has instances of its
# own, of the 500 that there are of a digit: 3 x (80 + 24 + 8) + 5 x 32. The images' empty border is
# cut off.
MNIST: Mapping[str, Any] = {
    "source": "mnist5k",
    "size": 24,
    "groups": 5,
    "classes": 2,
    "styles": ["inverse", "outline", "grating", "dots", "relief"],
    "held_in": [[group, (group + shift) % 5] for shift in range(3) for group in range(5)],
    "training": 80,
    "calibration": 24,
    "validation": 8,
    "test": 32,
}
MNIST_VIT: Mapping[str, Any] = {**VIT, "size": 24}
# Ten kinds of clothes, dealt and cut like the digits, so that the same network and budget serve.
# They are surfaces and not strokes: halfway to `inverse` only grey is left. So the styles' share in
# pretraining is above a half, and what leaves room to learn is that it has fewer steps.
FASHION: Mapping[str, Any] = {
    **MNIST,
    "source": "tv:FashionMNIST",
    "training": 500,
    "calibration": 128,
    "validation": 22,
    "test": 100,
}
