"""What the suite merging declares about itself, and where its parts are.

Here: plain data, read without torch. Not here: its tasks (suites.merging.tasks), needs and tracks
(suites.merging.needs) and metrics (suites.merging.metrics), the problem that a method is given
(suites.merging.problem), running and scoring (suites.merging.harness).
"""

from __future__ import annotations

from bench.contract.asset import Asset
from bench.contract.suite import Suite, Task
from suites.merging.compose import assets as compose
from suites.merging.counters import COUNTERS
from suites.merging.eight import assets as eight
from suites.merging.eight.sources import digest
from suites.merging.lora import assets as lora
from suites.merging.mixture import assets as mixture
from suites.merging.needs import NEEDS, TRACKS
from suites.merging.rebasin import assets as rebasin
from suites.merging.soup import assets as soup
from suites.merging.tasks import TASKS
from suites.merging.time import assets as time


def assets(task: Task, tier: str, seed: int) -> tuple[Asset, ...]:
    """The assets of a run; no two tasks share any."""
    ways = {
        "distances": eight,
        "pairs": rebasin,
        "adapters": lora,
        "periods": time,
        "sweep": soup,
        "mixture": mixture,
    }
    of = next((ways[setting] for setting in ways if setting in task.settings[tier]), compose)
    return of.assets(task, tier, seed)


SUITE = Suite(
    name="merging",
    title="Merging",
    question=(
        "Given experts that were fine-tuned apart, which way of combining their weights, at what "
        "cost, keeps their skills and composes them?"
    ),
    tasks=TASKS,
    needs=NEEDS,
    tracks=TRACKS,
    harness="suites.merging.harness",
    checks="suites.merging.checks:check",
    template="methods/merging/_template.py",
    tuning_need="validation",
    references="suites.merging.references",
    assets=assets,
    data_digest=digest,
    traits={
        "random": "Draws at random: another seed of the method gives another result.",
        "order_matters": "The order in which the experts come changes the result.",
        "recalibrates": "Estimates BatchNorm's running statistics anew, on unlabeled inputs.",
    },
    counters=COUNTERS,
)
