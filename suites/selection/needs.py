"""What the suite selection's methods may ask for, and how its rows are grouped.

Here: plain data, read without torch. Not here: the tasks (suites.selection.tasks).
"""

from __future__ import annotations

from bench.contract.suite import Need, Track

NEEDS = (
    Need(
        name="images",
        title="images",
        meaning="The pool's images, and a network to send them through.",
        icon="images",
    ),
    Need(
        name="labels",
        title="labels",
        meaning="The pool's labels as they were given, wrong ones included.",
        icon="labels",
    ),
    Need(
        name="early",
        title="ten short trainings",
        meaning="What ten networks say of the pool after two epochs on it; paid for when asked.",
        icon="early",
    ),
    Need(
        name="course",
        title="a training",
        meaning="What a network says of the pool after each of ten epochs on it, its weights, and "
        "its last features; paid for when asked.",
        icon="course",
    ),
    Need(
        name="validation",
        title="a clean validation set",
        meaning="Images and labels of the same kind as the test's, all of them right.",
        icon="validation",
    ),
    Need(
        name="reference",
        title="a clean network",
        meaning="A network that was trained on the validation set; paid for when asked.",
        icon="reference",
    ),
    Need(
        name="tokens",
        title="words",
        meaning="The pool's examples as lists of words; an image's are the codes of its patches.",
        icon="words",
    ),
    Need(
        name="target",
        title="a target",
        meaning="Examples without labels of what the choice is for.",
        icon="target",
    ),
    Need(
        name="subset_only",
        title="no scores",
        meaning="The method chooses a set and gives no score to an example, so that nothing can be "
        "ranked by suspicion.",
        icon="set",
    ),
    Need(
        name="teacher",
        title="a teacher",
        meaning="A network with BatchNorm that was trained on the pool; paid for when asked.",
        icon="teacher",
    ),
)

TRACKS = (
    Track(name="select", title="Chosen", meaning="Examples of the pool, as they are."),
    Track(name="distill", title="Made", meaning="Synthetic examples, a few of each class."),
)
