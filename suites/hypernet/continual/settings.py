"""Settings and metrics of the task continual, as plain data without torch.

Here: its tiers, and what it tells beyond the suite's metrics. Not here: how it is drawn
(suites.hypernet.continual.drawing), the figures themselves (suites.hypernet.measures).
"""

from __future__ import annotations

from bench.contract.metric import Entry, Metric
from suites.hypernet import image_settings

RATES = {"adam": [1e-3, 3e-3, 1e-2]}
TASKS = 10
"""As many as hypercl's permuted benchmark has; smoke has half of them."""
HELD = 0.01
"""beta of the regulariser for methods that bring none: the default of hypercl's authors."""

SETTINGS = {
    "smoke": {
        "images": image_settings.SMOKE,
        "target": [64, 16, 16, 10],
        "hidden": [8, 16],
        "tasks": TASKS // 2,
        "steps": 30,
        "batch": 32,
        "rates": {"adam": [3e-3, 1e-2]},
        "target_loss": 0.5,
        "points": "matrix",
        "held": HELD,
    },
    "small": {
        "images": {**image_settings.SMALL, "training": 1140},  # as many of each class
        "target": [64, 16, 16, 10],
        "hidden": [16, 32],
        "tasks": TASKS,
        "steps": 150,
        "batch": 32,
        "rates": RATES,
        "target_loss": 0.5,
        "points": "matrix",
        "held": HELD,
    },
    "full": {
        "images": image_settings.FULL,
        "target": [784, 64, 64, 10],
        "hidden": [32, 64],
        "tasks": TASKS,
        "steps": 2000,
        "batch": 128,
        "rates": RATES,
        "target_loss": 0.5,
        "points": "matrix",
        "held": HELD,
    },
}

METRICS = (
    Metric(
        name="backward_transfer",
        title="Backward transfer",
        unit="fraction",
        better="high",
        meaning=(
            "How accuracy on earlier tasks changes by the end, the mean over them: negative where "
            "they are forgotten."
        ),
        range=(-1.0, 1.0),
    ),
    Metric(
        name="forgetting",
        title="Forgetting",
        unit="fraction",
        better="low",
        meaning=(
            "The best accuracy a task once had, less that at the end, the mean over earlier tasks; "
            "negative where it was best at the end."
        ),
        range=(-1.0, 1.0),
    ),
    *(
        Entry(
            name=f"after_{row}_on_{column}",
            title=f"Accuracy: task {column} after task {row}",
            unit="fraction",
            better="high",
            meaning=(
                f"Test accuracy on task {column} when task {row} has been trained, optimiser and "
                "learning rate chosen by validation loss after the last."
            ),
            matrix="Accuracy",
            row=row,
            column=column,
            row_axis="after task",
            column_axis="task",
        )
        for row in range(1, TASKS + 1)
        for column in range(1, row + 1)
    ),
)

NOTES = (
    "A task is all ten digits with their pixels in an order of its own; there are ten, as in "
    "hypercl's paper. Tasks of two digits each were given up: nearly every row was at .98; so were "
    "five tasks of 300 steps: every row was at .96 to .99 of the score, and all had one rank.",
    "Ten tasks have 150 steps each, so that they cost what five of 300 did. When that was chosen, "
    "the test accuracies of five methods over 5 seeds had been seen at 150 and at 300 steps.",
    "A method that brings no way to keep what it has learnt is given hypercl's: its loss holds "
    "what it generated for earlier tasks, with beta .01.",
    "Seeds: in a pilot of 8 (`python -m bench power --task continual`) paired differences of the "
    "score had a standard deviation of at most .049 for half of the pairs, .066 for three of four: "
    "10 and 16 seeds show .05, and it has 10. The difference of hypercl and HyperInterval varies "
    "by .087, so that .05 between them would need 26. Its references were at .10 and .92, one "
    "target for all at .27.",
)
