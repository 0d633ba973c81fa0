"""What the suite selection declares about itself: its assets, and where its parts are.

Here: plain data, read without torch. Not here: its tasks (suites.selection.tasks), needs and tracks
(suites.selection.needs), metrics, building assets (suites.selection.pools and its neighbours).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.contract.asset import Asset
from bench.contract.suite import ScoringLimit, Suite, Task
from suites.selection.counters import COUNTERS
from suites.selection.needs import NEEDS, TRACKS
from suites.selection.settings import RECIPE
from suites.selection.tasks import TASKS
from suites.selection.text.texts import digest

POOLS, BOUGHT = "suites.selection.pools", "suites.selection.bought"


def assets(task: Task, tier: str, seed: int) -> tuple[Asset, ...]:
    """What a run is handed, and what only scoring may see."""
    settings = task.settings[tier]
    seed = settings["first_seed"] + seed
    return {
        "coreset": _of_pool,
        "debug": _of_pool,
        "target_text": _of_prose,
        "target_images": _of_styles,
        "distill": _of_made,
    }[settings["kind"]](settings, seed)


def _asked(settings: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: settings[name] for name in names}


def _of_pool(settings: Mapping[str, Any], seed: int) -> tuple[Asset, ...]:
    """A pool of images, and what can be bought of it."""
    data = (settings["source"],)
    drawn = {
        **_asked(settings, "source", "pool", "validation", "test", "corruption", "classes"),
        "seed": seed,
    }
    trained = {**_asked(settings, "network", "recipe"), "seed": seed}
    slow = settings["pass_flops"] / 2e9
    pool = _asset("pool", POOLS, drawn, data)
    validation = _asset("validation", POOLS, drawn, data)
    answers = _asset("answers", POOLS, drawn, data, for_scoring=True)
    epoch = settings["count"] * slow
    early = _asset("early", BOUGHT, trained, inputs=(pool,), seconds=25 * epoch)
    course = _asset("course", BOUGHT, trained, inputs=(pool,), seconds=13 * epoch)
    clean = 30 * settings["validation"] * slow
    reference = _asset("reference", BOUGHT, trained, inputs=(validation,), seconds=clean)
    bought = (pool, validation, early, course, reference, answers)
    if settings["kind"] == "debug":
        return bought
    evaluated = {
        "settings": _asked(settings, "network", "recipe", "passes", "sizes"),
        "seed": seed,
    }
    baselines = _asset(
        "baselines",
        "suites.selection.choices",
        evaluated,
        inputs=(pool, answers),
        seconds=(9 * settings["passes"] + 10 * settings["count"]) * slow,
        for_scoring=True,
    )
    return (*bought, baselines)


def _of_prose(settings: Mapping[str, Any], seed: int) -> tuple[Asset, ...]:
    """Prose to choose from, and what it is chosen for."""
    names = ("source", "pool", "target", "held_out", "share")
    return _drawn_alike("suites.selection.text.building", settings, names, seed)


def _of_styles(settings: Mapping[str, Any], seed: int) -> tuple[Asset, ...]:
    """Digits in six styles, and some of one of them."""
    names = ("source", "pool", "target", "test", "patch", "codes")
    return _drawn_alike("suites.selection.target_images", settings, names, seed)


def _drawn_alike(
    module: str, settings: Mapping[str, Any], names: tuple[str, ...], seed: int
) -> tuple[Asset, ...]:
    drawn, data = {**_asked(settings, *names), "seed": seed}, (settings["source"],)
    return (
        _asset("pool", module, drawn, data, seconds=5.0),
        _asset("target", module, drawn, data, seconds=5.0),
        _asset("answers", module, drawn, data, seconds=5.0, for_scoring=True),
    )


def _of_made(settings: Mapping[str, Any], seed: int) -> tuple[Asset, ...]:
    """A clean pool in the scale that networks see, a teacher, and what scoring compares with."""
    data = (settings["source"],)
    module = "suites.selection.distill.pools"
    drawn = {
        **_asked(settings, "source", "pool", "validation", "test", "corruption", "classes"),
        "seed": seed,
    }
    pool = _asset("pool", module, drawn, data)
    answers = _asset("answers", module, drawn, data, inputs=(pool,), for_scoring=True)
    taught = {
        **settings["teacher"],
        "recipe": RECIPE,
        "classes": settings["classes"],
        "seed": seed,
    }
    teacher = _asset(
        "teacher", "suites.selection.distill.teacher", taught, inputs=(pool,), seconds=12.0
    )
    names = ("evaluators", "recipe", "evaluation_passes", "full_passes", "per_class", "classes")
    baselines = _asset(
        "baselines",
        "suites.selection.distill.baselines",
        {**_asked(settings, *names, "augment"), "seed": seed},
        inputs=(pool, teacher, answers),
        seconds=30.0,
        for_scoring=True,
    )
    return (pool, teacher, answers, baselines)


def _asset(
    name: str,
    module: str,
    arguments: Mapping[str, Any],
    data: tuple[str, ...] = (),
    inputs: tuple[Asset, ...] = (),
    seconds: float = 1.0,
    *,
    for_scoring: bool = False,
) -> Asset:
    """An asset whose builder is named for it."""
    return Asset(
        name=name,
        builder=f"{module}:build_{name}",
        arguments=arguments,
        inputs=inputs,
        data=data,
        seconds=seconds,
        for_scoring=for_scoring,
    )


SUITE = Suite(
    name="selection",
    title="Selection",
    question=(
        "Which examples, chosen or made, train a model best under a fixed budget, and was finding "
        "them worth its cost?"
    ),
    tasks=TASKS,
    needs=NEEDS,
    tracks=TRACKS,
    harness="suites.selection.harness",
    checks="suites.selection.checks:check",
    template="methods/selection/_template.py",
    references="suites.selection.references",
    assets=assets,
    data_digest=digest,
    counters=COUNTERS,
    artefact_bytes=256 * 1024,
    scoring_limits={
        "smoke": ScoringLimit(seconds=300),
        "small": ScoringLimit(seconds=900),
        "full": ScoringLimit(seconds=24 * 3600),
    },
)
