"""What is counted of a merging run, beside FLOPs.

Here: the counters, as plain data. Not here: what a run may spend (suites.merging.definition), who
spends (suites.merging.problem).
"""

from __future__ import annotations

from bench.metering.budget import FLOPS, Counter

EXAMPLES = Counter(
    name="examples",
    title="Examples",
    meaning="Examples of the experts' own tasks that were handed out, each counted once.",
)
TRIALS = Counter(
    name="trials",
    title="Validation calls",
    meaning="Calls of the task's validation: one tells how accurate one merged model is.",
)
COUNTERS = (FLOPS, EXAMPLES, TRIALS)
