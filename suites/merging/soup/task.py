"""The task `soup`: one pretrained network, fine-tuned many times on the same data.

Here: its declaration, plain data read without torch. Not here: its settings, budgets and metrics
(suites.merging.soup.settings).
"""

from __future__ import annotations

from bench.contract.suite import Task
from suites.merging.needs import FINE_TUNED
from suites.merging.soup.settings import METRICS, SMALL, SMALL_BUDGET, SMOKE, SMOKE_BUDGET

NOTES = ()

SOUP = Task(
    name="soup",
    title="soup",
    question="One network, fine-tuned twelve times on the same glyphs with other hyperparameters: "
    "what is all of it worth together, there and on shifted images?",
    version=1,
    metrics=METRICS,
    scored_by=("held_in", "held_out"),
    floor="experts",
    ceiling="informed",
    offers=FINE_TUNED,
    settings={"smoke": SMOKE, "small": SMALL},
    budgets={"smoke": SMOKE_BUDGET, "small": SMALL_BUDGET},
    seeds={"smoke": 2, "small": 5},
    seconds={"smoke": 0.6, "small": 3.0},
    scoring_seconds={"small": 2.0},
    notes=NOTES,
    tuned_on="24 validation calls on 384 held-in images, inside the budget",
)
