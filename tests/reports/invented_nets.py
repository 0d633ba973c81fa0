"""An invented suite of the size and shape of one that trains networks that write networks.

Here: 25 methods on 5 tasks of 5 seeds, ranked by failures, quality and sensitivity, with failed,
skipped and missing runs, methods that never learn, and secondary metrics. Not here: tests. No
figure is a result.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from math import log

from bench.catalogue.registry import Catalogue
from bench.contract.metric import Entry, Metric, Point
from bench.contract.suite import Task
from bench.records.record import Record
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
    Metric(
        name="decades",
        title="Usable decades",
        unit="decades",
        better="high",
        meaning="Rates within 1.5x of the best.",
    ),
    Metric(
        name="worst",
        title="Worst condition",
        unit="fraction",
        better="high",
        meaning="The lowest of all conditions.",
    ),
)


LOSSES = tuple(
    Point(
        name=f"loss_{optimiser}_{rate:g}",
        title=f"{optimiser}, {rate:g}",
        unit="loss",
        better="low",
        meaning=f"Loss under {optimiser} at the rate {rate:g}.",
        curve=optimiser,
        axis="learning rate",
        x=rate,
    )
    for optimiser, rates in RATES.items()
    for rate in rates
)
WIDTHS = tuple(
    Point(
        name=f"width_{width}",
        title=f"Width {width}",
        unit="fraction",
        better="high",
        meaning=(f"Accuracy at width {width}."),
        curve="Accuracy",
        axis="width",
        x=width,
    )
    for width in (4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 30, 32, 40, 48)
)
SIZES = tuple(
    Point(
        name=f"size_{size}",
        title=f"{size} parameters",
        unit="fraction",
        better="high",
        meaning=(f"Accuracy with {size}."),
        curve="Accuracy",
        axis="stored parameters",
        x=size,
    )
    for size in (320, 1_600, 3_200, 16_000, 32_000)
)
ENTRIES = tuple(
    Entry(
        name=f"task_{column}_after_{row}",
        title=f"Task {column} after {row}",
        unit="fraction",
        better="high",
        meaning=f"Accuracy on task {column} when task {row} has been learned.",
        matrix="Accuracy",
        row=row,
        column=column,
        row_axis="after task",
        column_axis="task",
    )
    for row in range(1, 6)
    for column in range(1, row + 1)
)

PLOTS = {
    "rotation": LOSSES,
    "continual": ENTRIES,
    "width": WIDTHS,
    "fewshot": (),
    "compress": SIZES,
}


def tasks() -> tuple[Task, ...]:
    return tuple(ordered_task(name, *MORE, *plotted) for name, plotted in PLOTS.items())


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
    yield "quality", min(1.0, 0.1 + 0.85 * level)
    if level > 0.3:
        yield "sensitivity", 0.3 + 0.5 * draws.random() * (1.2 - level)
    yield "decades", max(0.0, 2.5 * level + draws.gauss(0, 0.2))
    yield "worst", 0.1 + 0.6 * level
    for point in (m for m in task.metrics if isinstance(m, Point)):
        if point.unit == "loss":
            best = 2.3 - 2.1 * min(1.0, level)
            off = abs(log(point.x / 3e-3)) / log(10)
            diverges = level > 0 and failures > 0 and point.x > 0.02
            yield (
                point.name,
                (
                    40.0
                    if diverges
                    else min(CHANCE, best + 0.5 * off**2 + abs(draws.gauss(0, 0.05)))
                ),
            )
        else:
            reached = 0.1 + 0.85 * level * (1 - 0.3 / point.x) + draws.gauss(0, 0.01)
            yield point.name, min(1.0, reached)
    for entry in (m for m in task.metrics if isinstance(m, Entry)):
        kept = 1 - 0.12 * (1.1 - level) * (entry.row - entry.column)
        yield entry.name, max(0.1, min(1.0, (0.2 + 0.8 * level) * kept + draws.gauss(0, 0.01)))


def _without(name: str, task: Task, seed: int, status: str) -> Record:
    reason = "needs a task identity, which this task lacks" if status == "skipped" else "too slow"
    return record(name, task.name, seed, status=status, reason=reason, log="last line")
