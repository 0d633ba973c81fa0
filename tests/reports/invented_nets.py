"""An invented suite of the size and shape of one that trains networks that write networks.

Here: 25 methods on 5 tasks of 5 seeds, ranked by failures, quality and sensitivity, with failed,
skipped and missing runs, methods that never learn, and secondary metrics. Not here: tests. No
figure is a result.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from math import log

from bench.record import Record
from bench.registry import Catalogue
from bench.suite import Metric, Task
from tests.reports.invented import method, record, reference
from tests.reports.invented_order import ordered_suite, ordered_task

SEEDS = 5
RATES = {"Adam": (3e-4, 1e-3, 3e-3, 1e-2, 3e-2), "SGD": (1e-3, 3e-3, 1e-2, 3e-2, 1e-1)}
CHANCE = log(10)

NAMES = (
    "mip", "standard", "standard_fan_out", "standard_hyperfan", "input_only", "residual_only",
    "plain_residual", "constant_residual", "norm_division", "layer_norm", "spectral_norm",
    "clipping", "output_scaling", "zero_init_head", "chunked", "static", "low_rank", "pranc",
    "hypercl", "hyperinterval", "hypershot", "prototypes", "neumeta", "neumeta_ordered",
    "never_learns",
)  # fmt: skip
TITLES = {"never_learns": "Never learns", "standard_fan_out": "Standard, fan-out initialisation",
          "mip": "MIP", "hypercl": "HyperCL", "pranc": "PRANC"}  # fmt: skip

MORE = (
    Metric("decades", "Usable decades", "decades", "high", "Rates within 1.5x of the best."),
    Metric("worst", "Worst condition", "fraction", "high", "The lowest of all conditions."),
)


def tasks() -> tuple[Task, ...]:
    return tuple(
        ordered_task(name, *MORE)
        for name in ("rotation", "continual", "width", "fewshot", "compress")
    )


SUITE = ordered_suite(*tasks())


def catalogue() -> Catalogue:
    entries = {
        name: method(name, params={}, **({"title": TITLES[name]} if name in TITLES else {}))
        for name in NAMES
    }
    entries |= {
        "untouched": reference("untouched", "floor", "always the same class"),
        "joint": reference("joint", "ceiling", "a network trained directly"),
    }
    return Catalogue({SUITE.name: SUITE}, {SUITE.name: entries})


def records() -> list[Record]:
    draws = random.Random(3)
    found = []
    for place, task in enumerate(SUITE.tasks):
        for seed in range(SEEDS):
            for name, level in (("untouched", 0.0), ("joint", 1.0)):
                found.append(
                    record(name, task.name, seed, dict(_metrics(task, level, 1 - level, draws)),
                           kind="reference", track="")
                )  # fmt: skip
        for rank, name in enumerate(NAMES):
            if rank in (19, 20, 21) and place in (0, 2):
                found += [_without(name, task, seed, "skipped") for seed in range(SEEDS)]
                continue
            level = 0.95 - 0.03 * rank + 0.2 * (place == rank % 5)
            failures = max(0.0, 0.035 * (rank - 6))
            if name == "never_learns":
                level, failures = 0.0, 1.0
            for seed in range(SEEDS):
                if (rank, seed) in ((4, 2), (13, 0)):
                    found.append(_without(name, task, seed, "timeout"))
                elif (rank, seed, place) != (9, 4, 1):
                    metrics = dict(_metrics(task, level, failures, draws))
                    found.append(record(name, task.name, seed, metrics))
                    found[-1].cost["flops"] = 10 ** (8 + rank % 7 / 2) * (1 + 0.01 * seed)
    return found


def _metrics(
    task: Task, level: float, failures: float, draws: random.Random
) -> Iterator[tuple[str, float]]:
    level += draws.gauss(0, 0.02) if 0 < level < 1 else 0
    yield (
        "failures",
        min(1.0, max(0.0, round((failures + draws.gauss(0, 0.02) * (0 < failures < 1)) * 25) / 25)),
    )
    yield "quality", 0.1 + 0.85 * level
    if level > 0.3:
        yield "sensitivity", 0.3 + 0.5 * draws.random() * (1.2 - level)
    yield "decades", max(0.0, 2.5 * level + draws.gauss(0, 0.2))
    yield "worst", 0.1 + 0.6 * level


def _without(name: str, task: Task, seed: int, status: str) -> Record:
    reason = "needs a task identity, which this task lacks" if status == "skipped" else "too slow"
    return record(name, task.name, seed, status=status, reason=reason, log="last line")
