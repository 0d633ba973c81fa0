"""The task `time`: experts of successive periods; what of the time between them, and after them?

Here: its declaration, plain data read without torch. Not here: its settings, budgets and metrics
(suites.merging.time.settings).
"""

from __future__ import annotations

from bench.contract.suite import Task
from suites.merging.needs import FINE_TUNED
from suites.merging.time.settings import METRICS, SMALL, SMALL_BUDGET, SMOKE, SMOKE_BUDGET

NOTES = (
    "A tiny vision transformer stands in for a language model, glyphs for a year's news.",
    "Sixteen classes, the same in every period. From the first of eleven periods to the last, "
    "strokes turn by 60 degrees and thicken to one and a half times, and stripes on and behind "
    "them grow from a share of .2 to .5, evenly. Periods 1, 3, 5, 7 and 9 have an expert; 2, 4, 6 "
    "and 8 lie between two, 10 and 11 after the last.",
    "Experts come in the order of time (need `periods`). One state answers for all periods: it "
    "isn't told which one an image is of. A row of several models is told the number of the "
    "nearest expert, and is asked twice, in the mean, for a period between two: no row is told the "
    "period itself, so the form of time vectors that makes a state for each period is not posed.",
    "The ceiling is fine-tuned on all experts' images together; no model sees another period's.",
    "Settings were chosen by the references alone (python -m suites.merging.time.pilot): turned by "
    "90 degrees, with stripes of .6, the last expert reached 70% in its own period where joint "
    "training reached 81%, so the drift was made smaller. Over seeds 0 and 1 the pretrained model "
    "has 48% held-in, 48% between and 6% after, joint training 92, 93 and 70%.",
)

TIME = Task(
    name="time",
    title="time",
    question="Glyphs whose style drifts: what do experts of some periods make of those between "
    "and after?",
    version=1,
    metrics=METRICS,
    scored_by=("held_in", "interpolation", "extrapolation"),
    floor="pretrained",
    ceiling="multitask",
    offers=(*FINE_TUNED, "periods"),
    settings={"smoke": SMOKE, "small": SMALL},
    budgets={"smoke": SMOKE_BUDGET, "small": SMALL_BUDGET},
    seeds={"smoke": 2, "small": 5},
    seconds={"smoke": 0.6, "small": 1.5},
    notes=NOTES,
    tuned_on="20 validation calls on images of the periods with an expert, inside the budget",
)
