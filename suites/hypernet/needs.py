"""What the suite hypernet's methods may ask for, and how its rows are grouped.

Here: plain data, read without torch. Not here: the tasks (suites.hypernet.tasks).
"""

from __future__ import annotations

from bench.contract.suite import Need, Track

NEEDS = (
    Need(
        name="condition",
        title="a condition",
        meaning="The target is to differ with a condition; a single fixed target has none.",
        icon="task",
    ),
    Need(
        name="room",
        title="room for a head",
        meaning="As many trainable numbers as a plain hypernetwork has, far more than the target.",
        icon="parameters",
    ),
    Need(
        name="one_target",
        title="one target",
        meaning="A single target that depends on nothing, to be stored in few numbers.",
        icon="weights",
    ),
    Need(
        name="sequence",
        title="a sequence of tasks",
        meaning="Tasks come one after the other, told apart by their number.",
        icon="task",
    ),
    Need(
        name="sizes",
        title="several widths",
        meaning="The target is asked for in several widths.",
        icon="parameters",
    ),
    Need(
        name="teacher",
        title="a trained teacher",
        meaning="The weights of a target of the largest width in training, trained directly.",
        icon="pretrained",
    ),
    Need(
        name="support",
        title="a support set",
        meaning="A condition is a few labelled examples, which a method may read as such.",
        icon="labels",
    ),
)

TRACKS = (
    Track(
        name="all",
        title="All",
        meaning="Each method on every task whose needs it meets; where one lacks, it is skipped.",
    ),
)
