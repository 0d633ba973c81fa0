"""What is counted of each run of the suite supernet.

Here: plain data. Not here: counting (suites.supernet.problem).
"""

from __future__ import annotations

from bench.metering.budget import FLOPS, Counter

PASSES = Counter(
    name="passes",
    title="Passes",
    meaning="All of a run's FLOPs, in forward and backward passes of the mean architecture on one "
    "batch.",
)
LABELS = Counter(
    name="labels",
    title="Labels",
    meaning="Architectures whose own training's validation accuracy was bought.",
)
COUNTERS = (FLOPS, PASSES, LABELS)
