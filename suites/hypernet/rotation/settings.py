"""What the task rotation declares: its tiers' settings, read without torch.

Not here: how it is drawn (suites.hypernet.rotation.drawing).
"""

from __future__ import annotations

from suites.hypernet import image_settings

ADAM = [3e-4, 1e-3, 3e-3, 1e-2, 3e-2]
SGD = [1e-3, 3e-3, 1e-2, 3e-2, 1e-1]

SETTINGS = {
    "smoke": {
        "images": image_settings.SMOKE,
        "target": [64, 16, 16, 16, 10],
        "hidden": [8, 16],
        "steps": 60,
        "batch": 32,
        "angles": 3,
        "rates": {"adam": [3e-3, 1e-2], "sgd": [1e-2, 1e-1]},
        "target_loss": 1.0,
    },
    "small": {
        "images": image_settings.SMALL,
        "target": [64, 24, 24, 24, 10],
        "hidden": [16, 32],
        "steps": 800,
        "batch": 64,
        "angles": 9,
        "rates": {"adam": ADAM, "sgd": SGD},
        "target_loss": 0.5,
    },
    "full": {
        "images": image_settings.FULL,
        "target": [784, 64, 64, 64, 10],
        "hidden": [32, 64],
        "steps": 4000,
        "batch": 128,
        "angles": 9,
        "rates": {"adam": ADAM, "sgd": SGD},
        "target_loss": 0.5,
    },
}

NOTES = (
    "Rows are ranked by failures first: here they are how reliably a parametrisation trains, over "
    "a wide grid and two optimisers. The other tasks have grids near what works, and are ranked by "
    "the score.",
)
