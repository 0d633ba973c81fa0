"""What the suite hypernet declares about itself: its assets, and where its parts are.

Here: plain data, read without torch. Not here: its tasks (suites.hypernet.tasks), needs and tracks
(suites.hypernet.needs) and metrics (suites.hypernet.metrics), drawing a task's course (the tasks'
folders), what a method is given (suites.hypernet.problem), running and scoring
(suites.hypernet.harness).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.contract.asset import Asset
from bench.contract.suite import Suite, Task
from suites.common.sources import digest
from suites.hypernet.needs import NEEDS, TRACKS
from suites.hypernet.tasks import TASKS


def assets(task: Task, tier: str, seed: int) -> tuple[Asset, ...]:
    """The assets of a run: the course for the method, the test's labels for scoring."""
    settings = course_settings(task.settings[tier])
    arguments = {"draw": task.name, "settings": settings, "seed": seed}
    source = settings["images"].get("source")
    data = (source,) if source else ()
    module = "suites.hypernet.building"
    return (
        Asset(
            name="course",
            builder=f"{module}:build_course",
            arguments=arguments,
            data=data,
            seconds=0.3,
        ),
        Asset(
            name="answers",
            builder=f"{module}:build_answers",
            arguments=arguments,
            data=data,
            seconds=0.3,
            for_scoring=True,
        ),
    )


def course_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """A tier's settings without those that a course doesn't depend on."""
    training = ("rates", "target_loss", "fails_above", "points", "apart")
    return {name: value for name, value in settings.items() if name not in training}


SUITE = Suite(
    name="hypernet",
    title="Hypernet",
    question=(
        "How reliably does a hypernetwork's parametrisation train, over learning rates, "
        "optimisers and seeds, and what does it reach?"
    ),
    tasks=TASKS,
    needs=NEEDS,
    tracks=TRACKS,
    harness="suites.hypernet.harness",
    checks="suites.hypernet.checks:check",
    template="methods/hypernet/_template.py",
    references="suites.hypernet.references",
    assets=assets,
    data_digest=digest,
    traits={
        "smaller": "Its form can't spend the cap: it has fewer trainable numbers.",
        "unconditional": "What it generates doesn't depend on the condition.",
        "scale_free": "What it generates depends on a condition's direction alone: on one number "
        "not at all.",
    },
    together=True,
)
