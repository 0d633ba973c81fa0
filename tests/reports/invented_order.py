"""An invented suite whose tasks rank by failures, then quality, then sensitivity.

Here: tasks, records of single methods from lists of figures, and rows that several tests rank. Not
here: tests. No figure is a
result.
"""

from __future__ import annotations

from dataclasses import replace

from bench.contract.metric import Metric
from bench.contract.suite import Suite, Task
from bench.records.record import Record
from reports.board import Board, boards
from tests.reports.invented import catalogue, metric, record, suite, task

ORDER = ("failures", "quality", "sensitivity")

FAILURES = metric("failures", "low")
QUALITY = metric("quality")
SENSITIVITY = Metric(
    name="sensitivity",
    title="Sensitivity",
    unit="loss",
    better="low",
    meaning="What the rate costs.",
)


def ordered_task(name: str, *more: Metric, ordered_by: tuple[str, ...] = ORDER) -> Task:
    of_score = task(name, (FAILURES, QUALITY, SENSITIVITY, *more), ("quality",))
    return replace(of_score, ordered_by=ordered_by)


def ordered_suite(*tasks: Task) -> Suite:
    """One task, `first`, unless told otherwise."""
    return suite(tasks=tasks or (ordered_task("first"),))


def scale(of: Suite, seeds: int = 3) -> list[Record]:
    """The floor's quality is .1 and the ceiling's .9 on every task."""
    found = []
    for one in of.tasks:
        for seed in range(seeds):
            for name, failures, quality in ((one.floor, 1.0, 0.1), (one.ceiling, 0.0, 0.9)):
                metrics = {"failures": failures, "quality": quality}
                found.append(record(name, one.name, seed, metrics, kind="reference", track=""))
    return found


def of(
    method: str,
    task: str = "first",
    *,
    failures: list[float],
    quality: list[float],
    sensitivity: list[float | None] | None = None,
) -> list[Record]:
    """A method's records on one task, a seed an entry.

    Args:
        quality: normalised, 0 at the floor and 1 at the ceiling.
        sensitivity: None where it isn't applicable; without a list, nowhere.
    """
    found = []
    for seed, (failed, reached) in enumerate(zip(failures, quality, strict=True)):
        metrics = {"failures": failed, "quality": 0.1 + 0.8 * reached}
        rate = sensitivity[seed] if sensitivity else None
        if rate is not None:
            metrics["sensitivity"] = rate
        found.append(record(method, task, seed, metrics))
    return found


ONE = ordered_suite()


def board(made: list[Record], within: Suite = ONE, seeds: int = 3) -> Board:
    """The board of those records, with references."""
    return boards([*scale(within, seeds), *made], catalogue(within), "invented", "small")[0]


LATE = of("a", failures=[0.2] * 3, quality=[0.9] * 3, sensitivity=[0.1] * 3)
MIDDLE = of("b", failures=[0.0] * 3, quality=[0.5] * 3, sensitivity=[0.3] * 3)
EARLY = of("c", failures=[0.0] * 3, quality=[0.5] * 3, sensitivity=[0.1] * 3)


UNSURE = [0.3, -0.1, -0.2]

MIXED = ordered_suite(ordered_task("first"), ordered_task("second", ordered_by=()))
# on each task a fails in a fifth of its grid, and b, which never does, has the lower quality; with
# three seeds neither is sure
FAILING, STEADY = (
    [
        record
        for task in ("first", "second")
        for record in of(name, task, failures=[failed] * 3, quality=[quality + u for u in unsure])
    ]
    for name, failed, quality, unsure in (("a", 0.2, 0.9, UNSURE), ("b", 0.0, 0.5, UNSURE[::-1]))
)
