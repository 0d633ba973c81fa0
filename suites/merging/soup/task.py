"""The task `soup`: one pretrained network, fine-tuned many times on the same data.

Here: its declaration, plain data read without torch. Not here: its settings, budgets and metrics
(suites.merging.soup.settings).
"""

from __future__ import annotations

from bench.contract.suite import Task
from suites.merging.needs import FINE_TUNED
from suites.merging.soup.settings import METRICS, SMALL, SMALL_BUDGET, SMOKE, SMOKE_BUDGET

NOTES = (
    "The protocol of Model soups: one pretrained network, and twelve fine-tunings of all its "
    "weights on the same images, 8 of each of 32 classes, over a sweep of rate (1e-4 to 3e-3), "
    "weight decay, label smoothing, shifts of up to 2 pixels and 60 or 120 steps, each in an "
    "order of its own. The sweep is dealt, every value as often as any other, so that no seed has"
    " a luckier one.",
    "Held in: new images in the style of fine-tuning. Held out: the same classes in four styles "
    "that no expert was fine-tuned on. The pretrained network saw all styles weakly, so fine-"
    "tuning costs there: at seed 0 it has 59% held-out, the mean expert 56%.",
    "The floor is the mean expert, a fine-tuning chosen blindly: a score says what combining is "
    "worth. The ceiling is one network fine-tuned on more images, in every style; no method can "
    "know what it knows. The field's own ceiling, the experts' ensemble, is about .04 above the "
    "mean expert held-in and .03 held-out, less than the .1 that a scored axis needs: it is "
    "shown, at a score of about .2, beside the best validated expert.",
    "All experts answer for every cell: a row with one model an expert is scored by their mean, "
    "and knowing an image's task is worth nothing.",
    "Of calibration and validation each expert has images of its own of the one distribution, 24 "
    "and 32. A method that trains on the labels sees 288 images beside the sweep's 256.",
    "Settings were chosen by the references alone (python -m suites.merging.soup.pilot): fine-"
    "tuned on plain ink nothing was left to learn, 91% before and after.",
)

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
