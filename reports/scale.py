"""What a task's values are placed on: its references' ends, what a run without a result counts as.

Here: a metric as a score, from 0 at the same seed's floor to 1 a span above it, and what else all
rows of a task share. Not here: rows and cells (reports.board), the formula (reports.statistics).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bench.records.record import Record
from reports.criteria import grains
from reports.errors import ReportError
from reports.statistics import normalised, span_of

if TYPE_CHECKING:
    from bench.contract.suite import Task

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ScoreScale:
    """What a metric's values are placed on.

    Attributes:
        floors: by metric, the floor's value on each of its seeds, and its mean under None.
        spans: by metric, `reports.statistics.span_of`.
        problem: why there is no scale.
    """

    floors: Mapping[str, Mapping[int | None, float]]
    spans: Mapping[str, float]
    problem: str = ""

    def place(self, metric: str, values: Sequence[float], seeds: Sequence[int]) -> Array:
        """Normalised values; a seed that the floor lacks is held against its mean."""
        floors = self.floors[metric]
        own = [floors.get(seed, floors[None]) for seed in seeds]
        return normalised(values, own, self.spans[metric])

    def steps(self, grains: Mapping[str, float]) -> dict[str, float]:
        """Grains, those of scored metrics in the score's unit."""
        return {name: step / abs(self.spans.get(name, 1.0)) for name, step in grains.items()}


@dataclass(frozen=True)
class Ground:
    """What a task's rows share.

    Attributes:
        seeds: see `Board.seeds`.
        grains: `reports.criteria.grains`; of a scored metric in the score's unit.
        worst: by scored metric, what a run without a result counts as.
    """

    task: Task
    seeds: tuple[int, ...]
    scale: ScoreScale
    grains: Mapping[str, float]
    worst: Mapping[str, float]


def ground_of(
    task: Task, records: Sequence[Record], references: Sequence[Record], tier: str
) -> Ground:
    """What a task's rows share.

    Args:
        records: all of the task; its seeds are all that any of them has.
        references: of any task.
    """
    seeds = tuple(sorted({r.seed for r in records}))
    scale = _scale(task, references, tier)
    worst = _worst(task, records, scale)
    return Ground(task, seeds, scale, scale.steps(grains(task, records)), worst)


def metric_of(record: Record, name: str) -> float:
    """A metric that a record's task is scored by.

    Raises:
        ReportError: the record is ok and lacks it.
    """
    if name not in record.metrics:
        raise ReportError(
            f"record {record.key} ({record.method} on {record.task}, seed {record.seed}) is ok but "
            f"lacks the metric {name!r}, which its task is scored by. Run it again with --fresh."
        )
    return record.metrics[name]


def _scale(task: Task, references: Sequence[Record], tier: str) -> ScoreScale:
    """The floor's values, and the span to the ceiling over their finished seeds' means."""
    values: list[dict[str, dict[int | None, float]]] = []
    for name in (task.floor, task.ceiling):
        own = [
            r for r in references if r.task == task.name and r.method == name and r.status == "ok"
        ]
        if not own:
            return ScoreScale({}, {}, (
                f"Task {task.name} has no score: its reference {name} has no finished run at tier "
                f"{tier}. Run it: python -m bench run --task {task.name} --method {name} "
                f"--tier {tier}."
            ))  # fmt: skip
        values.append({m: _by_seed(own, m) for m in task.scored_by})
    floors, ceilings = values
    spans = {}
    for metric in task.scored_by:
        ends = floors[metric][None], ceilings[metric][None]
        try:
            spans[metric] = span_of(*ends, task.metric(metric).better)
        except ValueError as error:
            return ScoreScale({}, {}, f"Task {task.name} has no score: on {metric}, {error}.")
    return ScoreScale(floors, spans)


def _by_seed(records: Sequence[Record], metric: str) -> dict[int | None, float]:
    """A metric on each seed, and its mean under None."""
    found: dict[int | None, float] = {r.seed: metric_of(r, metric) for r in records}
    return found | {None: float(np.mean(list(found.values())))}


def _worst(task: Task, records: Sequence[Record], scale: ScoreScale) -> dict[str, float]:
    """The lower of 0 and the worst method's mean, by scored metric; NaN without a scale."""
    if scale.problem:
        return dict.fromkeys(task.scored_by, nan)
    rows: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        if record.kind != "reference" and record.status == "ok":
            rows.setdefault((record.method, record.variant), []).append(record)

    def mean(own: Sequence[Record], metric: str) -> float:
        values = [metric_of(record, metric) for record in own]
        return float(scale.place(metric, values, [record.seed for record in own]).mean())

    return {
        metric: min([0.0, *(mean(own, metric) for own in rows.values())])
        for metric in task.scored_by
    }
