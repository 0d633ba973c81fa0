"""What the suite supernet declares about itself: its assets, and where its parts are.

Here: plain data, read without torch. Not here: its tasks (suites.supernet.tasks), needs and tracks
(suites.supernet.needs), metrics (suites.supernet.metrics), building assets
(suites.supernet.building), the problem that a method is given (suites.supernet.problem), running
and scoring (suites.supernet.harness).
"""

from __future__ import annotations

from bench.contract.asset import Asset
from bench.contract.suite import ScoringLimit, Suite, Task
from suites.common.sources import digest
from suites.supernet.counters import COUNTERS
from suites.supernet.needs import NEEDS, TRACKS
from suites.supernet.tasks import TASKS
from suites.supernet.truth.shipped import TABLES

BUILDING = "suites.supernet.building"


def assets(task: Task, tier: str, seed: int) -> tuple[Asset, ...]:
    """The assets of a run: all but the pool of labels are the same for every seed."""
    settings = task.settings[tier]
    listed = Asset(
        name="list",
        builder=f"{BUILDING}:build_list",
        arguments={name: settings[name] for name in ("space", "network", "lists")},
        seconds=1.0,
    )
    truth = Asset(
        name="truth",
        builder="suites.supernet.truth.table:answers",
        arguments={"space": settings["space"]},
        seconds=0.2,
        for_scoring=True,
        shipped=TABLES[settings["space"]],
    )
    answers = Asset(
        name="answers",
        builder=f"{BUILDING}:build_answers",
        arguments={},
        inputs=(listed, truth),
        seconds=0.1,
        for_scoring=True,
    )
    pool = Asset(
        name="pool",
        builder=f"{BUILDING}:build_pool",
        arguments={"seed": seed},
        inputs=(answers,),
        seconds=0.1,
    )
    images = Asset(
        name="images",
        builder=f"{BUILDING}:build_images",
        arguments={"images": settings["images"]},
        data=task.data,
        seconds=0.5,
    )
    return (listed, pool, images, answers)


SUITE = Suite(
    name="supernet",
    title="Supernet",
    question=(
        "Does a cheap estimate (a supernet, a zero-cost proxy, a predictor) rank architectures as "
        "their own training does?"
    ),
    tasks=TASKS,
    needs=NEEDS,
    tracks=TRACKS,
    harness="suites.supernet.harness",
    checks="suites.supernet.checks:check",
    template="methods/supernet/_template.py",
    references="suites.supernet.references",
    assets=assets,
    data_digest=digest,
    counters=COUNTERS,
    scoring_limits={tier: ScoringLimit(seconds=300) for tier in ("smoke", "small", "full")},
)
