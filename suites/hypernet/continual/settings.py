"""Settings and metrics of the task continual, as plain data without torch.

Here: its tiers, and what it tells beyond the suite's metrics. Not here: how it is drawn
(suites.hypernet.continual.drawing), the figures themselves (suites.hypernet.measures).
"""

from __future__ import annotations

from bench.contract.metric import Entry, Metric
from suites.hypernet import image_settings

RATES = {"adam": [1e-3, 3e-3, 1e-2]}
TASKS = 5
PARTS = ("split", "permuted")

SETTINGS = {
    "smoke": {
        "images": image_settings.SMOKE,
        "target": [64, 16, 16],
        "hidden": [8, 16],
        "steps": 30,
        "batch": 32,
        "rates": {"adam": [3e-3, 1e-2]},
        "target_loss": 0.5,
        "points": "matrix",
    },
    "small": {
        "images": {**image_settings.SMALL, "training": 1140},  # as many of each class
        "target": [64, 16, 16],
        "hidden": [16, 32],
        "steps": 300,
        "batch": 32,
        "rates": RATES,
        "target_loss": 0.5,
        "points": "matrix",
    },
    "full": {
        "images": image_settings.FULL,
        "target": [784, 64, 64],
        "hidden": [32, 64],
        "steps": 2000,
        "batch": 128,
        "rates": RATES,
        "target_loss": 0.5,
        "points": "matrix",
    },
}
"""`target` lacks the outputs: two in `split`, ten in `permuted`."""

METRICS = (
    Metric(
        name="backward_transfer",
        title="Backward transfer",
        unit="fraction",
        better="high",
        meaning=(
            "How accuracy on earlier tasks changes by the end, the mean over tasks and parts: "
            "negative where they are forgotten."
        ),
        range=(-1.0, 1.0),
    ),
    Metric(
        name="forgetting",
        title="Forgetting",
        unit="fraction",
        better="low",
        meaning=(
            "The best accuracy a task once had, less that at the end, the mean over earlier tasks "
            "and parts; negative where it was best at the end."
        ),
        range=(-1.0, 1.0),
    ),
    *(
        Entry(
            name=f"{part}_after_{row}_on_{column}",
            title=f"Accuracy, {part}: task {column} after task {row}",
            unit="fraction",
            better="high",
            meaning=(
                f"Test accuracy on task {column} of {part} when task {row} has been trained, "
                "optimiser and learning rate chosen by validation loss after the last."
            ),
            matrix=f"Accuracy, {part}",
            row=row,
            column=column,
            row_axis="after task",
            column_axis="task",
        )
        for part in PARTS
        for row in range(1, TASKS + 1)
        for column in range(1, row + 1)
    ),
)
