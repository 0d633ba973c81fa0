"""What the task fewshot declares: its tiers' settings and its metrics, read without torch.

Not here: how it is drawn (suites.hypernet.fewshot.drawing).
"""

from __future__ import annotations

from typing import Any

from bench.contract.metric import Point

SHOTS = [1, 5]

SMALL: dict[str, Any] = {
    "images": {"size": 12, "each": 24, "lessons": 60},
    "classes": {"training": 120, "validation": 40, "test": 40},
    "ways": 3,
    "shots": SHOTS,
    "queries": 16,
    "episodes": 100,
    "triples": 20,
    "target": [144, 16, 16, 3],
    "hidden": [16, 32],
    "steps": 1200,
    "rates": {"adam": [3e-4, 1e-3, 3e-3]},
    "target_loss": 0.5,
}

SETTINGS: dict[str, dict[str, Any]] = {
    "smoke": {
        **SMALL,
        "images": {"size": 12, "each": 14, "lessons": 24},
        "classes": {"training": 20, "validation": 8, "test": 8},
        "queries": 8,
        "episodes": 10,
        "triples": 4,
        "target": [144, 8, 8, 3],
        "hidden": [8, 16],
        "steps": 60,
        "rates": {"adam": [1e-3, 3e-3]},
        "target_loss": 1.0,
    },
    "small": SMALL,
    "full": {
        **SMALL,
        "images": {"size": 28, "each": 24, "lessons": 60},
        "classes": {"training": 1200, "validation": 200, "test": 200},
        "episodes": 500,
        "triples": 100,
        "target": [784, 64, 64, 3],
        "hidden": [32, 64],
        "steps": 10_000,
    },
}
"""`images`: their side, how many of each class there are, and of each test class for lessons;
`triples`: the sets of classes that each kind of episode is asked about, as often as one another."""

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
    "Classes are procedural glyphs, four random strokes each, dark on bright as often as bright on "
    "dark, so that pixels alone tell little. Of ten digits too few are left to learn from: trained "
    "there, prototypes were worse than untrained.",
    "Training, validation and test have classes of their own; the learning rate is chosen on "
    "validation classes.",
    "Trained directly is a classifier of an episode's three classes, trained on other images of "
    "them: it has 48 labelled examples of each where a method has one or five.",
    "Seeds: in a pilot of 5 (`python -m bench power --task fewshot`) paired differences of the "
    "score had a standard deviation of at most .046 for half of the pairs, .051 for three of four: "
    "9 and 11 seeds show .05, and it has 10. Its references were at .33 and .98.",
)
