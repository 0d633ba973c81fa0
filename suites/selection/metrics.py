"""What the tasks that choose are measured by, as plain data without torch.

Here: columns and the points of curves. Not here: computing them (suites.selection.figures), the
other track's (suites.selection.distill.metrics), which a task takes (suites.selection.tasks).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from bench.contract.metric import Metric, Point


def share(name: str, title: str, meaning: str, better: str = "high") -> Metric:
    """A metric that is a fraction."""
    return Metric(name=name, title=title, unit="fraction", better=better, meaning=meaning)


AREA = share(
    "area",
    "Accuracy",
    "Accuracy of the evaluator, the mean over the sizes' logarithms (trapezoids); it can't tell a "
    "method that is good at small sizes from one that is good at large ones.",
)
GAIN = Metric(
    name="gain",
    title="Above random",
    unit="",
    better="high",
    meaning="The area less that of random choice with the same evaluator and seed; how sure that "
    "is depends on the seeds, not on this number.",
    range=(-1.0, 1.0),
)
BREAK_EVEN = Metric(
    name="break_even",
    title="Pays after",
    unit="trainings",
    better="low",
    meaning="Trainings on the chosen 30% after which choosing has cost less than ten epochs of the "
    "whole pool each time; absent where accuracy at 30% is over a point below theirs, or ten "
    "epochs take no more passes: never.",
    range=(0.0, inf),
)
PADDED = share(
    "padded",
    "Filled at random",
    "The part of the largest choice that the method left to chance.",
    better="low",
)
WRONG = share(
    "wrong",
    "Wrong labels",
    "The part of the 10% choice whose label is wrong; the pool has a fifth.",
    better="low",
)
DUPLICATES = share(
    "duplicates",
    "Copies",
    "Of the 10% choice, examples beyond the first of each original, so that nothing new is seen.",
    better="low",
)
RAREST = share(
    "rarest",
    "Rare classes",
    "Of the three rarest classes' examples the part that is in the 10% choice.",
)
DIVERSITY = Metric(
    name="vendi",
    title="Vendi score",
    unit="",
    better="high",
    meaning="How many different examples the 10% choice is worth, by cosines of the pixels; "
    "different isn't useful: wrong labels and noise are different too.",
    range=(0.0, inf),
)
SPREAD = Metric(
    name="log_det",
    title="Log-determinant",
    unit="",
    better="high",
    meaning="The mean log-eigenvalue of the 10% choice's kernel of distances in pixels: low where "
    "near-duplicates were chosen.",
)


def size_points(percents: Sequence[int]) -> tuple[Point, ...]:
    """Accuracy at each size."""
    return tuple(
        Point(
            name=f"accuracy_{percent}",
            title=f"At {percent}%",
            unit="fraction",
            better="high",
            meaning=f"Accuracy of the evaluator trained on {percent}% of the pool; sizes share "
            "their evaluator's start, not its batches.",
            curve="Accuracy",
            axis="share of the pool in %",
            x=percent,
        )
        for percent in percents
    )


FIXING = share(
    "fixing",
    "Accuracy while fixing",
    "Accuracy of the evaluator after the most suspect 5, 10, 20 and 40% were set right, the mean "
    "of the four; it can't tell which of two wrong labels hurt more.",
)
AUROC = Metric(
    name="auroc",
    title="AUROC",
    unit="fraction",
    better="high",
    meaning="The chance that a wrong label is more suspect than a right one, .5 for a coin; it "
    "can't tell whether the first few are right, which is all that a person would check.",
)
PRECISION = share(
    "average_precision",
    "Average precision",
    "Precision of the suspects, the mean over the places of wrong labels; the part of wrong "
    "labels, .2, for a coin.",
)


def fixing_points(percents: Sequence[int]) -> tuple[Point, ...]:
    """Accuracy after each share of suspects was set right."""
    return tuple(
        Point(
            name=f"fixed_{percent}",
            title=f"{percent}% set right",
            unit="fraction",
            better="high",
            meaning=f"Accuracy of the evaluator after the most suspect {percent}% were set right.",
            curve="Accuracy while fixing",
            axis="share set right in %",
            x=percent,
        )
        for percent in percents
    )


TARGET_ACCURACY = share(
    "accuracy",
    "Accuracy on the target",
    "Accuracy on the target's test images of the evaluator trained on the choice; labels come with "
    "the choice, so a choice outside the target can still teach its classes.",
)
TARGET_SHARE = share(
    "target_share",
    "Target's share",
    "The part of the choice that is of the target's own domain; an example of another domain may "
    "be as useful.",
)
CROSS_ENTROPY = Metric(
    name="cross_entropy",
    title="Cross-entropy",
    unit="nats",
    better="low",
    meaning="Of a small word model trained on the choice, on held-out text of the target, a word; "
    "a larger model would depend less on which words it saw.",
    range=(0.0, inf),
)
