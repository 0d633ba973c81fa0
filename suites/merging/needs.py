"""What the suite merging's methods may ask for, and how its rows are grouped.

Here: plain data, read without torch. Not here: the tasks (suites.merging.tasks), the problem that
hands out what is asked for (suites.merging.problem).
"""

from __future__ import annotations

from bench.contract.suite import Need, Track

NEEDS = (
    Need(
        name="pretrained",
        title="pretrained weights",
        meaning="The weights that every expert started from.",
        icon="pretrained",
    ),
    Need(
        name="unlabeled",
        title="unlabeled data",
        meaning=(
            "Up to 256 images of each expert's own cell, apart from its training images, unlabeled."
        ),
        icon="unlabeled",
    ),
    Need(name="labels", title="labels", meaning="The labels of those images.", icon="labels"),
    Need(
        name="gradients",
        title="gradients",
        meaning="Derivatives of a network on those images; their passes are charged.",
        icon="gradients",
    ),
    Need(
        name="fisher",
        title="Fisher",
        meaning="Each expert's diagonal Fisher information on them.",
        icon="fisher",
    ),
    Need(
        name="gram",
        title="Gram",
        meaning="The Gram matrices of each linear layer's inputs on them.",
        icon="gram",
    ),
    Need(
        name="validation",
        title="validation",
        meaning="A state's accuracy on held-in validation images, as often as the budget says.",
        icon="validation",
    ),
    Need(
        name="task_id",
        title="task identity",
        meaning="At test time it must be told which group of classes an image is from.",
        icon="task",
    ),
    Need(
        name="extra_parameters",
        title="more parameters",
        meaning="What is deployed holds more numbers than one expert.",
        icon="parameters",
    ),
    Need(
        name="test_inputs",
        title="test inputs",
        meaning="The test images, without labels.",
        icon="test",
    ),
    Need(
        name="apart",
        title="trained apart",
        meaning=(
            "Experts from initialisations of their own, whose channels stand in orders of their "
            "own; with it comes each one's own running statistics."
        ),
        icon="paths",
    ),
    Need(
        name="periods",
        title="order in time",
        meaning="Experts of successive periods, evenly spaced, which come in the order of time.",
        icon="clock",
    ),
    Need(
        name="routing",
        title="routing",
        meaning=(
            "The scores that a mixture's router gives its experts on unlabeled images as they come."
        ),
        icon="paths",
    ),
)

FINE_TUNED = tuple(need.name for need in NEEDS if need.name not in ("apart", "periods", "routing"))
"""What a task offers whose experts were fine-tuned from one model."""

APART = tuple(need.name for need in NEEDS if need.name not in ("pretrained", "periods", "routing"))
"""What a task offers whose experts have no such model."""

TRACKS = (
    Track(
        name="single",
        title="Single model",
        meaning="One set of weights of an expert's size, for every input.",
    ),
    Track(
        name="multi",
        title="Many models",
        meaning="Weights for each task, or a larger network; may be told an input's task.",
    ),
    Track(
        name="transductive",
        title="Uses test inputs",
        meaning="May read the test inputs before it answers.",
    ),
)
