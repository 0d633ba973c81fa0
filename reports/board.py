"""A suite's records laid out as rows x tasks x seeds, each cell with its score.

Here: which rows, tasks and seeds a ranking has, the rule for missing results, and each run's
score. Not here: anything averaged (reports.ranking), anything formatted.

The one rule for missing results: a run that failed or was never made counts as the worst that it
could be, the lower of 0 (the floor) and the task's worst row; it stays in every mean, and is
flagged with its status (`missing` where there is no record). What it counts as in other metrics
that rows are ranked by is said in reports.criteria. A run that was skipped isn't missing: its
method can't do the task, and isn't ranked where the task counts (`Board.applicable`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import hypot
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bench.records.record import Record, failed
from reports.criteria import SCORE, Criteria, Criterion, criteria
from reports.load import current
from reports.priors import with_priors
from reports.scale import Ground, ground_of, metric_of
from reports.statistics import NOTHING_KNOWN, Prior

if TYPE_CHECKING:
    from bench.catalogue.registry import Catalogue, Method
    from bench.contract.suite import Suite, Task, Track

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Cell:
    """The runs of one row on one task.

    Attributes:
        seeds, records: one a seed, in order; None where there is no record.
        scores: shape (seeds,), 0 at the same seed's floor, 1 a span above it; NaN where the task
            has no scale.
        parts: for each metric of the score, its normalised values, same shape.
        ordering: the metrics that the task's rows are ranked by; none where it is the score.
        grain: the step that its scores come in, 0 where they can take any value; of several
            metrics what rounding their mean makes.
        prior: of the variance of two rows' difference in score (reports.priors).
    """

    task: str
    seeds: tuple[int, ...]
    records: tuple[Record | None, ...]
    scores: Array
    parts: Mapping[str, Array]
    ordering: Criteria = ()
    grain: float = 0.0
    prior: Prior = NOTHING_KNOWN

    @property
    def by_score(self) -> Criteria:
        """The score as what its row is ranked by."""
        return (Criterion(SCORE, "Score", "high", self.scores, self.grain, self.prior),)

    @property
    def statuses(self) -> tuple[str, ...]:
        """The status of each seed."""
        return tuple(r.status if r else "missing" for r in self.records)

    @property
    def failed(self) -> int:
        """How many seeds have no result though the method can do the task."""
        return sum(failed(status) for status in self.statuses)

    @property
    def whole(self) -> bool:
        """Whether every run has a result, so that its seeds vary as those of others do."""
        return set(self.statuses) == {"ok"}

    @property
    def skipped(self) -> bool:
        """Whether the task lacks what the row needs, so that none of its runs was made."""
        return set(self.statuses) == {"skipped"}

    @property
    def finished(self) -> list[Record]:
        """The records that have metrics."""
        return [r for r in self.records if r is not None and r.status == "ok"]

    def values(self, metric: str) -> list[float]:
        """A metric of the seeds that finished."""
        return [r.metrics[metric] for r in self.finished if metric in r.metrics]


def row_name(method: str, variant: str) -> str:
    """A row's short identity: `ties`, `ties.tuned`."""
    return method if variant == "default" else f"{method}.{variant}"


@dataclass(frozen=True)
class Row:
    """A method's variant, or a reference, with its cells by task."""

    method: str
    variant: str
    kind: str
    title: str
    role: str
    meaning: str
    needs: tuple[str, ...]
    declared: Method | None
    cells: Mapping[str, Cell]

    @property
    def name(self) -> str:
        """A short identity: `ties`, `ties.tuned`."""
        return row_name(self.method, self.variant)

    @property
    def label(self) -> str:
        """What a sentence calls it: `TIES`, `TIES tuned`."""
        return self.title if self.variant == "default" else f"{self.title} {self.variant}"

    def records(self, tasks: Iterable[str]) -> list[Record]:
        """Its records on those tasks."""
        cells = (self.cells[t] for t in tasks if t in self.cells)
        return [r for cell in cells for r in cell.records if r is not None]


@dataclass(frozen=True)
class Board:
    """One track of a suite at one tier.

    Attributes:
        tasks: those with records of this track, in the suite's order.
        rows, references: by name; `rows` compete, `references` fix the scale.
        unscored: task's name -> the sentence that says why it has no score.
        seeds: task's name -> the seeds that its methods are paired on.
        grounds: task's name -> what its rows share, where that is known.
        rankings: what reports.ranking has made of it, by what was made and of which tasks, so that
            nothing is ranked twice.
    """

    suite: Suite
    tier: str
    track: Track
    tasks: tuple[Task, ...]
    rows: tuple[Row, ...]
    references: tuple[Row, ...]
    unscored: Mapping[str, str]
    seeds: Mapping[str, tuple[int, ...]]
    grounds: Mapping[str, Ground] = field(default_factory=dict)
    rankings: dict[tuple[str, ...], Any] = field(default_factory=dict, repr=False, compare=False)

    def applicable(self, tasks: Iterable[str]) -> tuple[Row, ...]:
        """The rows that can do all of those tasks: those that are ranked over them."""
        asked = tuple(tasks)
        return tuple(row for row in self.rows if not any(row.cells[t].skipped for t in asked))

    @property
    def scored(self) -> tuple[str, ...]:
        """The names of the tasks that have a scale."""
        return tuple(t.name for t in self.scored_tasks)

    @property
    def scored_tasks(self) -> tuple[Task, ...]:
        """The tasks that have a scale."""
        return tuple(t for t in self.tasks if t.name not in self.unscored)

    @property
    def ranked(self) -> tuple[str, ...]:
        """The names of the tasks that its rows are ranked over together."""
        return tuple(t.name for t in self.ranked_tasks)

    @cached_property
    def ranked_tasks(self) -> tuple[Task, ...]:
        """The tasks that its rows are ranked over together.

        Of the sets "tasks that at least m rows can do" and "tasks that a row can do", the one with
        the most rows that can do all of it, times tasks; of equal ones that with more tasks. So a
        task for a few rows doesn't leave the others without a rank; it has a ranking of its own.
        Where no row can do all tasks of any such set, all that have a scale.
        """
        tasks = self.scored_tasks
        able = [sum(not row.cells[t.name].skipped for row in self.rows) for t in tasks]
        sets = [
            tuple(t for t, count in zip(tasks, able, strict=True) if count >= least)
            for least in set(able)
        ]
        sets += [tuple(t for t in tasks if not row.cells[t.name].skipped) for row in self.rows]
        best, most = tasks, 0
        distinct = {tuple(t.name for t in one): one for one in sets}.values()
        for enough in sorted(distinct, key=len, reverse=True):  # of equal ones the largest set
            rows = len(self.applicable(t.name for t in enough))
            figures = len(enough) * rows
            if figures > most and rows >= min(2, len(self.rows)):  # one row alone is no ranking
                best, most = enough, figures
        return best


def boards(records: Iterable[Record], catalogue: Catalogue, suite: str, tier: str) -> list[Board]:
    """One board for each track that has records, in the suite's order.

    References stand in every track, or in the one that they name, on all tasks, or on those that
    they name. Records of references alone make a board of the first track. Of a task, the seeds are
    all that any record of it has.
    """
    definition = catalogue.suites[suite]
    declared = catalogue.methods.get(suite, {})
    chosen = current(records, definition, tier, declared)
    references = [r for r in chosen if r.kind == "reference"]
    grounds = {}
    for task in definition.tasks:
        own = [r for r in chosen if r.task == task.name]
        if own:
            grounds[task.name] = ground_of(task, own, references, tier)
    result = []
    for i, track in enumerate(definition.tracks):
        methods = [r for r in chosen if r.kind != "reference" and r.track == track.name]
        alone = i == 0 and not any(r.kind != "reference" for r in chosen)
        if not methods and not (alone and references):
            continue
        present = {r.task for r in methods or references}
        held = [ground for name, ground in grounds.items() if name in present]
        standing = [r for r in references if r.track in ("", track.name)]
        result.append(
            Board(
                suite=definition,
                tier=tier,
                track=track,
                tasks=tuple(ground.task for ground in held),
                rows=with_priors(_rows(definition, methods, held, declared)),
                references=tuple(_rows(definition, standing, held, declared)),
                unscored={g.task.name: g.scale.problem for g in held if g.scale.problem},
                seeds={ground.task.name: ground.seeds for ground in held},
                grounds={ground.task.name: ground for ground in held},
            )
        )
    return result


def _rows(
    suite: Suite,
    records: Sequence[Record],
    grounds: Sequence[Ground],
    declared: Mapping[str, Method],
) -> Iterable[Row]:
    tuning = (suite.tuning_need,) if suite.tuning_need else ()
    grouped: dict[tuple[str, str], dict[tuple[str, int], Record]] = {}
    for record in records:
        runs = grouped.setdefault((record.method, record.variant), {})
        runs[record.task, record.seed] = record
    for (name, variant), runs in sorted(grouped.items()):
        method = declared.get(name)
        kind = next(iter(runs.values())).kind
        cells = {}
        for ground in grounds:
            task = ground.task.name
            of_seeds = tuple(runs.get((task, seed)) for seed in ground.seeds)
            if kind != "reference" or any(of_seeds):
                cells[task] = _cell(ground, of_seeds, kind)
        if cells:
            yield Row(
                method=name,
                variant=variant,
                kind=kind,
                title=method.title if method else name,
                role=method.role if method else "",
                meaning=method.meaning if method else "",
                needs=_needs(method, tuning if variant == "tuned" else ()),
                declared=method,
                cells=cells,
            )


def _needs(method: Method | None, tuning: tuple[str, ...]) -> tuple[str, ...]:
    """What a row is given: what its method declares, then what tuning it took, each once."""
    needs = method.needs if method else ()
    return tuple(dict.fromkeys((*needs, *tuning)))


def _cell(ground: Ground, records: tuple[Record | None, ...], kind: str) -> Cell:
    task, seeds, scale = ground.task, ground.seeds, ground.scale
    if kind == "reference":  # a reference isn't ranked: its failed seeds are left out, not zero
        kept = [i for i, r in enumerate(records) if r is not None and r.status == "ok"]
        kept = kept or list(range(len(records)))
        seeds, records = tuple(seeds[i] for i in kept), tuple(records[i] for i in kept)
    ok = np.array([r is not None and r.status == "ok" for r in records])
    finished = [r for r in records if r is not None and r.status == "ok"]
    parts: dict[str, Array] = {}
    for name in task.scored_by:
        parts[name] = np.full(len(records), ground.worst[name])
        if not scale.problem:
            values = [metric_of(r, name) for r in finished]
            parts[name][ok] = scale.place(name, values, [r.seed for r in finished])
    scores = np.mean([parts[name] for name in task.scored_by], axis=0)
    ordering = criteria(task, records, parts, ground.grains)
    steps = [ground.grains[name] for name in task.scored_by]
    grain = hypot(*steps) / len(steps)
    return Cell(task.name, seeds, records, scores, parts, ordering, grain)
