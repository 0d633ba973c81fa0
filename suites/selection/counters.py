"""What is counted of each run of the suite selection.

Here: plain data. Not here: counting (suites.selection.passes).
"""

from __future__ import annotations

from bench.metering.budget import FLOPS, Counter

FORWARD = Counter(
    name="forward_passes",
    title="Forward passes",
    meaning="Examples sent through a network of the suite, those of assets included.",
)
BACKWARD = Counter(
    name="backward_passes",
    title="Backward passes",
    meaning="Examples whose gradient was taken through all of a network.",
)
JVP = Counter(
    name="jvp_passes",
    title="Directional passes",
    meaning="Examples whose derivative along one direction in weight space was taken.",
)
COUNTERS = (FLOPS, FORWARD, BACKWARD, JVP)
