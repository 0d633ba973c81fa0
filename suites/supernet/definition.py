"""What the suite supernet declares about itself: its assets, and where its parts are.

Here: plain data, read without torch. Not here: its tasks (suites.supernet.tasks), needs and tracks
(suites.supernet.needs), metrics (suites.supernet.metrics), building assets
(suites.supernet.building), the problem that a method is given (suites.supernet.problem), running
and scoring (suites.supernet.harness).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bench.contract.asset import Asset
from bench.contract.suite import ScoringLimit, Suite, Task
from suites.common.sources import digest
from suites.supernet.counters import COUNTERS
from suites.supernet.needs import NEEDS, TRACKS
from suites.supernet.tabular.shipped import NB201, NBGRAPH
from suites.supernet.tasks import TASKS
from suites.supernet.truth.shipped import TABLES

BUILDING = "suites.supernet.building"

SOURCES = {"overlay": "mnist5k", "cifar10": "tv:CIFAR10"}
"""The data source that a task's images are made of."""

COLUMNS = {
    "here": {
        "accuracy": "test_accuracy",
        "loss": "test_loss",
        "validation": "validation_accuracy",
    },
    "nb201": {"accuracy": "cifar10/accuracy", "validation": "cifar10/accuracy"},
}
"""What a table calls the truth; NAS-Bench-201's has validation accuracies alone."""


def assets(task: Task, tier: str, seed: int) -> tuple[Asset, ...]:
    """The assets of a run: of a space trained here all but the pool are the same for every seed."""
    settings = task.settings[tier]
    if "table" in settings:
        return _of_table(settings, seed)
    listed = Asset(
        name="list",
        builder=f"{BUILDING}:build_list",
        arguments={name: settings[name] for name in ("space", "network", "lists")},
        seconds=1.0,
    )
    truth = _truth(settings["truth"])
    answers = Asset(
        name="answers",
        builder=f"{BUILDING}:build_answers",
        arguments={"columns": COLUMNS["nb201" if settings["truth"] == "nb201" else "here"]},
        inputs=(listed, truth),
        seconds=0.1,
        for_scoring=True,
    )
    images = Asset(
        name="images",
        builder=f"{BUILDING}:build_images",
        arguments={"images": settings["images"]},
        data=(SOURCES[settings["images"]],),
        seconds=0.5,
    )
    return (listed, _pool(answers, seed), images, answers)


def _of_table(settings: Mapping[str, Any], seed: int) -> tuple[Asset, ...]:
    """Of a task on a table: each seed draws its own list."""
    table = replace(_truth(settings["table"]), name="table")
    drawn = {"table": settings["table"], "lists": settings["lists"], "seed": seed}
    listed = Asset(
        name="list",
        builder="suites.supernet.tabular.building:build_list",
        arguments=drawn,
        inputs=(table,),
        seconds=0.2,
    )
    answers = Asset(
        name="answers",
        builder="suites.supernet.tabular.building:build_answers",
        arguments={"table": settings["table"]},
        inputs=(listed, table),
        seconds=0.1,
        for_scoring=True,
    )
    return (listed, _pool(answers, seed), answers)


def _truth(name: str) -> Asset:
    """A shipped table: of a space that is trained here, or of other people's results."""
    module = "suites.supernet.truth.table:answers"
    if name in ("nb201", "nbgraph"):
        module = f"suites.supernet.tabular.{name}:load"
    return Asset(
        name="truth",
        builder=module,
        arguments={"table": name},
        seconds=0.5,
        for_scoring=True,
        shipped={**TABLES, "nb201": NB201, "nbgraph": NBGRAPH}[name],
    )


def _pool(answers: Asset, seed: int) -> Asset:
    return Asset(
        name="pool",
        builder=f"{BUILDING}:build_pool",
        arguments={"seed": seed},
        inputs=(answers,),
        seconds=0.1,
    )


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
