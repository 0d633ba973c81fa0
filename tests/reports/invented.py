"""Invented suites and records for the tests of reports and leaderboard: no figure is a result.

Here: a small suite with two tracks and three tasks, a catalogue around it, and records drawn from
a seeded generator, with a failure of each status. Not here: tests.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from bench.catalogue.declaration import Paper
from bench.catalogue.registry import Catalogue, Method
from bench.contract.metric import Metric, Point
from bench.contract.suite import Need, Suite, Task, Track
from bench.metering.budget import FLOPS, Budget, Counter
from bench.records.record import Record

SEEDS = 5
COUNTERS = (
    FLOPS,
    Counter(name="examples", title="Examples", meaning="Examples that were handed out."),
    Counter(name="trials", title="Validation calls", meaning="Validations that were made."),
)
BUDGET = Budget(limits={"flops": 1e11, "examples": 4096, "trials": 20}, seconds=300.0, memory=2**30)


def metric(name: str, better: str = "high") -> Metric:
    return Metric(
        name=name,
        title=name.replace("_", "-").capitalize(),
        unit="fraction",
        better=better,
        meaning=f"What {name} is.",
    )


def task(name: str, metrics: tuple[Metric, ...], scored_by: tuple[str, ...]) -> Task:
    return Task(
        name=name,
        title=f"Invented {name}",
        question=f"Does {name} work?",
        version=1,
        metrics=metrics,
        scored_by=scored_by,
        floor="untouched",
        ceiling="joint",
        offers=("unlabeled", "labels"),
        settings={"small": {"experts": 16, "width": 64}},
        budgets={"small": BUDGET},
        seeds={"small": SEEDS},
        data=("invented",),
        notes=("A note on what was simplified.",),
    )


def curved_task() -> Task:
    """A task with two curves of three points, and a column that sums each up."""
    points = tuple(
        Point(
            name=f"{name}_{x}",
            title=f"{title}, {x}",
            unit="fraction",
            better="high",
            meaning=(f"{title} at {x}."),
            curve=title,
            axis="experts",
            x=x,
        )
        for name, title in (("held_in", "Held-in"), ("held_out", "Held-out"))
        for x in (2, 4, 8)
    )
    means = (metric("held_in"), metric("held_out"))
    return task("along", (*means, *points), ("held_in", "held_out"))


def suite(name: str = "invented", tasks: tuple[Task, ...] | None = None) -> Suite:
    both = (metric("held_in"), metric("held_out"))
    return Suite(
        name=name,
        title=f"Suite {name}",
        question="Which way is best?",
        tasks=tasks
        or (
            task("near", (*both, metric("worst_cell")), ("held_in", "held_out")),
            task("far", both, ("held_in", "held_out")),
            task("curve", (metric("loss", "low"),), ("loss",)),
        ),
        needs=(
            Need(
                name="unlabeled",
                title="unlabeled data",
                meaning="Inputs without labels.",
                icon="unlabeled",
            ),
            Need(name="labels", title="labels", meaning="Inputs with labels.", icon="labels"),
            Need(
                name="validation",
                title="validation",
                meaning="A validation score.",
                icon="validation",
            ),
        ),
        tracks=(
            Track(name="single", title="Single model", meaning="One set of weights."),
            Track(name="many", title="Many models", meaning="One set of weights a task."),
        ),
        tuning_need="validation",
        harness="none",
        references="none",
        assets=lambda task, tier, seed: (),
        data_digest=lambda name: "0",
        counters=COUNTERS,
    )


def method(name: str, track: str = "single", **more: Any) -> Method:
    return Method(
        suite="invented",
        name=name,
        title=more.pop("title", name.replace("_", " ").capitalize()),
        kind="method",
        function=name,
        path=Path(f"/invented/methods/invented/{name}.py"),
        line=3,
        root=Path("/invented"),
        summary=f"What {name} does, in a sentence.",
        track=track,
        paper=Paper(f"The {name} paper", 2024, f"https://example.org/{name}"),
        **more,
    )


def reference(name: str, role: str, meaning: str) -> Method:
    return Method(
        suite="invented",
        name=name,
        title=name.capitalize(),
        kind="reference",
        function=name,
        path=Path("/invented/suites/invented/references.py"),
        line=3,
        root=Path("/invented"),
        summary="",
        track="",
        role=role,
        meaning=meaning,
    )


def record(
    method: str, task: str = "near", seed: int = 0, metrics: dict[str, float] | None = None,
    **more: Any,
) -> Record:  # fmt: skip
    """One record; ok where it has metrics, unless told otherwise."""
    variant = more.get("variant", "default")
    fields: dict[str, Any] = {
        "key": f"{method}-{task}-{variant}-{seed}",
        "suite": "invented",
        "task": task,
        "task_version": 1,
        "tier": "small",
        "method": method,
        "variant": variant,
        "seed": seed,
        "kind": "method",
        "track": "single",
        "params": {"scale": 0.3},
        "status": "ok",
        "metrics": metrics or {},
        "cost": {
            "flops": 4.2e9, "flops_by": {"statistics": 1.2e9, "method": 3e9}, "examples": 128,
            "trials": 2, "seconds": 1.5, "cpu_seconds": 1.4, "peak_memory": 7.5e7,
        },
        "budget": BUDGET.as_dict(),
        "provenance": {
            "commit": "9f2c1ab7e0", "dirty": False, "lock": "b3c9", "python": "3.11.2",
            "torch": "2.13.0", "numpy": "2.4.6", "cpu": "Invented CPU", "cores": 2, "threads": 1,
            "device": "cpu", "created": "2025-11-20T21:38:00+00:00",
            "command": f"python -m bench run --suite invented --task {task} --method {method}",
        },
    }  # fmt: skip
    return Record(**(fields | more))


def floor_and_ceiling(task: Task, seeds: int = SEEDS) -> list[Record]:
    """References whose means are exactly 0.5 and 0.9 (1.0 and 0.2 where lower is better)."""
    found = []
    for name, high, low in (("untouched", 0.5, 1.0), ("joint", 0.9, 0.2)):
        for seed in range(seeds):
            shift = 0.01 * (seed - (seeds - 1) / 2)
            metrics = {m.name: (high if m.better == "high" else low) + shift for m in task.metrics}
            found.append(record(name, task.name, seed, metrics, kind="reference", track=""))
    return found


METHODS: tuple[tuple[Method, float, float], ...] = (
    (method("strong", needs=("unlabeled",), params={"scale": 0.3}), 0.72, 3.4e9),
    (method("even_stronger", params={}), 0.74, 2.1e10),
    (
        method("tunable", needs=("labels",), params={"scale": 0.3, "keep": 0.2},
               space={"scale": [0.1, 0.3]}), 0.45, 6.3e7,
    ),
    (method("flaky", params={}), 0.5, 8.8e10),
    (method("useless", title="Less than <nothing> & \"more\"", params={}), -0.2, 2e6),
    (method("many_models", track="many", params={}), 0.8, 5e6),
)  # fmt: skip
"""Each method with the score around which its invented runs fall, and its FLOPs."""

FAILURES = ("over_budget", "timeout", "out_of_memory", "crashed", "diverged", "invalid",
            "skipped", "infra")  # fmt: skip


def records(of: Suite, seeds: int = SEEDS, generator_seed: int = 0) -> list[Record]:
    """Records of every method, task and seed; `flaky` fails once in each way, and misses a run."""
    draws = random.Random(generator_seed)
    found: list[Record] = []
    for one in of.tasks:
        found += floor_and_ceiling(one, seeds)
    failures = iter(FAILURES)
    for entry, level, flops in METHODS:
        for variant in entry.variants:
            shift = 0.1 if variant == "tuned" else 0.0
            for one in of.tasks:
                for seed in range(seeds):
                    score = level + shift + draws.gauss(0, 0.04)
                    metrics = {
                        m.name: 0.5 + 0.4 * score if m.better == "high" else 1 - 0.8 * score
                        for m in one.metrics
                    }
                    made = record(
                        entry.name, one.name, seed, metrics, variant=variant, track=entry.track,
                        standing=("maintainer-run", "reproduced", "self-reported")[seed % 3],
                        params=dict(entry.params or {}),
                    )  # fmt: skip
                    made.cost["flops"] = flops * (1 + 0.01 * seed)
                    made.cost["unmetered"] = (entry.name, seed) == ("even_stronger", 1)
                    made.details = {
                        "chosen": {"scale": 0.3},
                        "cells": [{"group": g, "accuracy": 0.5} for g in range(3)],
                        "curve": [0.1234567 * step for step in range(20)],
                    }
                    if entry.name == "flaky" and (one.name, seed) == ("curve", 4):
                        continue
                    whole = one.name == "near" or (one.name, seed) == ("far", 0)
                    if entry.name == "flaky" and not whole:
                        _fail(made, next(failures))
                    found.append(made)
    return found


def _fail(made: Record, status: str) -> None:
    made.status, made.metrics, made.details = status, {}, {}
    made.reason = f"it was {status} on purpose, <b>not</b> by chance"
    made.log = "first line\nTraceback (most recent call last):\n  RuntimeError: on purpose"
    if status in ("skipped", "infra"):
        made.cost = {}


def catalogue(of: Suite | None = None, *more: Suite) -> Catalogue:
    """A catalogue of the invented suite, its methods and references, and more suites."""
    of = of or suite()
    entries = {
        m.name: m
        for m in (
            *(entry for entry, _, _ in METHODS),
            reference("untouched", "floor", "nothing is done"),
            reference("joint", "ceiling", "trained jointly"),
        )
    }
    suites = {s.name: s for s in (of, *more)}
    return Catalogue(suites, {of.name: entries} | {s.name: {} for s in more})
