"""The task `rebasin`: networks trained apart, from initialisations of their own.

Here: its declaration, plain data read without torch. Not here: its settings, budgets and metrics
(suites.merging.rebasin.settings).
"""

from __future__ import annotations

from bench.contract.suite import Task
from suites.merging.needs import APART
from suites.merging.rebasin.settings import (
    DATA,
    METRICS,
    SMALL,
    SMALL_BUDGET,
    SMOKE,
    SMOKE_BUDGET,
)

NOTES = (
    "Four pairs of networks a run, each a problem of its own: called, tuned and measured apart, "
    "with an equal share of the run's validations. Both networks of a pair start from weights of "
    "their own and see the training digits in an order of their own.",
    "There is no pretrained model, so methods that need one are skipped: what experts share here "
    "is found by matching their channels. Nothing is frozen: the classifier is merged too.",
    "The floor is the plain mean of the two networks, so a score is the share of the way from "
    "there to the ceiling, the ensemble, which runs both. One expert alone is about as good as the "
    "ensemble where both saw the same digits: these pairs ask whether two networks lie in one "
    "basin up to a permutation. Only `split` asks whether a merge knows more than each.",
    "BatchNorm's running statistics in the experts' states are both experts' mean, as in every "
    "task of the suite, so on the residual pair not even one expert's state is of use as it "
    "stands. Each expert's own are given with the need `apart`, to be permuted with its channels, "
    "and a method may estimate them anew on unlabeled images.",
    "Fisher information is taken on 64 images of each expert's; everything else may take 256.",
    "The barrier's path takes running statistics for numbers like all others, so between two "
    "residual networks it is high whatever the method does on its way.",
    "Settings were chosen by the references alone (python -m suites.merging.rebasin.pilot): width "
    "512 has three hidden layers, as with two the mean of the networks left .10 of room on three "
    "seeds of four.",
)

REBASIN = Task(
    name="rebasin",
    title="rebasin",
    question="Networks trained apart from different initialisations: can one set of weights keep "
    "what both know?",
    version=1,
    metrics=METRICS,
    scored_by=tuple(SMALL["pairs"]),
    floor="midpoint",
    ceiling="ensemble",
    offers=APART,
    settings={"smoke": SMOKE, "small": SMALL},
    budgets={"smoke": SMOKE_BUDGET, "small": SMALL_BUDGET},
    seeds={"smoke": 2, "small": 5},
    data=DATA,
    seconds={"smoke": 0.6, "small": 5.0},
    scoring_seconds={"small": 3.0},
    notes=NOTES,
    tuned_on="20 validation calls for each pair, on 200 images an expert, inside the budget",
)
