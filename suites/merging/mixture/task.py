"""The task `experts-moe`: the experts of one sparse mixture, merged into fewer.

Here: its declaration, plain data read without torch. Not here: its settings, budgets and metrics
(suites.merging.mixture.settings).
"""

from __future__ import annotations

from bench.contract.suite import Task
from suites.merging.mixture.settings import (
    DATA,
    METRICS,
    SMALL,
    SMALL_BUDGET,
    SMOKE,
    SMOKE_BUDGET,
)
from suites.merging.needs import APART

NOTES = (
    "One mixture layer of sixteen experts in a small perceptron stands in for Switch Transformers; "
    "an image is a token, so each goes to one expert. Digits come in six styles, which no label "
    "tells. The layer's balancing loss weighs .1, not .01, at which most experts died here.",
    "Stem, router and head are frozen, so it is known beforehand which images go to which expert. "
    "A row of several models gives each expert's state, and is the mixture with these: experts of "
    "one group share theirs. A row of one model is all experts merged into one.",
    "An expert's own images are those that the router sends to it, for calibration and validation "
    "eight at least; the need `routing` gives the router's scores of calibration images as they "
    "come. Validation is the mean over experts, the score is over images as they come.",
    "The floor is the plain mean of all experts, the ceiling the mixture as it was trained: a "
    "score says what of the mixture's gain is kept, whatever it takes to store. Deployed numbers "
    "count shared tensors once, and a matrix by its rank where that is less: compare rows of like "
    "size.",
    "With one layer, M-SMoE's sharing out of groups among layers isn't asked, nor is the "
    "fine-tuning that its authors do after merging.",
    "Settings were chosen by the references (python -m suites.merging.mixture.pilot): over seeds 0 "
    "to 4 floor and ceiling are 67 and 83% in the mean, 11 to 23 points apart, and all experts are "
    "used.",
)

EXPERTS_MOE = Task(
    name="experts-moe",
    title="experts of a mixture",
    question="A sparse mixture's experts: what does it still know with fewer of them?",
    version=1,
    metrics=METRICS,
    scored_by=("accuracy",),
    floor="midpoint",
    ceiling="mixture",
    offers=(*APART, "routing"),
    settings={"smoke": SMOKE, "small": SMALL},
    budgets={"smoke": SMOKE_BUDGET, "small": SMALL_BUDGET},
    seeds={"smoke": 2, "small": 12},
    data=DATA,
    seconds={"smoke": 0.6, "small": 1.5},
    notes=NOTES,
    tuned_on="20 validation calls on validation images of every expert, inside the budget",
)
