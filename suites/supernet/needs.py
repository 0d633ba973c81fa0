"""What the suite supernet's methods may ask for, and how its rows are grouped.

Here: plain data, read without torch. Not here: the tasks (suites.supernet.tasks).
"""

from __future__ import annotations

from bench.contract.suite import Need, Track

NEEDS = (
    Need(
        name="images",
        title="images",
        meaning="The space's network, and images to train it on; a table of results has none.",
        icon="images",
    ),
    Need(
        name="budget",
        title="a budget",
        meaning="Its answers depend on how much it may spend: it is called for each budget.",
        icon="budget",
    ),
    Need(
        name="operators",
        title="operators",
        meaning="Every place offers the same choices, so that they can be taken equally often.",
        icon="operators",
    ),
    Need(
        name="nested",
        title="nested choices",
        meaning="A choice's weights are a part of a larger choice's, up to a largest architecture.",
        icon="nested",
    ),
    Need(
        name="blocks",
        title="blocks",
        meaning="The network is a chain of blocks, each with choices of its own.",
        icon="blocks",
    ),
    Need(
        name="enumerable",
        title="few architectures",
        meaning="There are at most 64 architectures, so that something can be kept of each.",
        icon="few",
    ),
    Need(
        name="labels",
        title="labels",
        meaning="Validation accuracies of architectures trained alone, bought one by one.",
        icon="labels",
    ),
    Need(
        name="latency",
        title="latency",
        meaning="How long an architecture takes on a device, from a table.",
        icon="clock",
    ),
    Need(
        name="flops",
        title="FLOPs",
        meaning="What one image costs an architecture, from a table of its operators.",
        icon="count",
    ),
    Need(
        name="structure",
        title="paths of convolutions",
        meaning="3x3 and 1x1 convolutions can be counted along each path through a cell.",
        icon="paths",
    ),
    Need(
        name="pooling",
        title="places of pooling",
        meaning="Architectures differ in where their maps are halved.",
        icon="halving",
    ),
)

TRACKS = (
    Track(
        name="unlabelled",
        title="No labels",
        meaning="Counts, zero-cost proxies and supernets: no architecture's own training is seen.",
    ),
    Track(
        name="labels",
        title="With labels",
        meaning="Learns from architectures that were trained alone, each at a training's cost.",
    ),
)
