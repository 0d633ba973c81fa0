"""What a suite declares about itself: tasks, needs, tracks.

Here: plain data that listing, planning and serving read without importing torch. A suite's
`definition.py` builds one `Suite` from these. Not here: what a task measures
(bench.contract.metric), what its runs share (bench.contract.asset), and anything that runs; the
suite's harness module (bench.contract.job says what it must offer) does that in a child process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.contract.asset import Asset
from bench.contract.metric import Metric
from bench.metering.budget import FLOPS, Budget, Counter

TIERS = ("smoke", "small", "full")


class DataMissing(Exception):
    """A task's data can't be had here; the message says which, why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Need:
    """Something that a method may be given beyond the minimum; `icon` names the site's symbol."""

    name: str
    title: str
    meaning: str
    icon: str = "weights"


@dataclass(frozen=True, kw_only=True)
class Track:
    """A ranking of its own: methods of different tracks are never ranked together."""

    name: str
    title: str
    meaning: str


@dataclass(frozen=True, kw_only=True)
class ScoringLimit:
    """The most that scoring one run may take. Breaking it is the suite's fault: `infra`.

    Attributes:
        seconds: wall time; a job of several runs has as many times as much.
        memory: bytes above what the process starts with.
    """

    seconds: float = 3600.0
    memory: int = 16 * 2**30


@dataclass(frozen=True, kw_only=True)
class Task:
    """One fixed problem of a suite.

    Attributes:
        name, title, question: what it is called and asks.
        version: raised by whatever changes its figures.
        metrics: in the order of the table's columns.
        scored_by: names of the metrics whose normalised values are averaged into the score.
        floor, ceiling: names of the references at which the score is 0 and 1.
        offers: names of the needs that the task can meet.
        settings: for each tier that it has, the JSON values that define it there.
        budgets: for each such tier, what one run may spend.
        seeds: for each such tier, how many seeds there are.
        data: names of the data sources that it reads.
        seconds, scoring_seconds: for each such tier, what running a method once and what scoring
            it takes on one core, for estimates.
        notes: sentences for the task's page: what was simplified, what the figure can't tell.
        tuned_on: what tuning chooses by, as a phrase for pages, e.g. `20 validation calls inside
            the budget`; "" where a task can't be tuned on: a method's tuned row is skipped there.
        tracks: names of the suite's tracks that enter it; empty for all. A method of another one
            isn't planned on it: it isn't skipped there, it has no row.
        ordered_by: names of metrics by which its rows are ranked instead of by the score, the most
            important first: a later one decides only where all before it are equal. A metric that
            a record lacks wasn't applicable to that run. Metrics that it is scored by enter as the
            score does, 0 at the floor and 1 at the ceiling. A ranking over several tasks is by
            what all of them name; where they differ, by the score.
    """

    name: str
    title: str
    question: str
    version: int
    metrics: tuple[Metric, ...]
    scored_by: tuple[str, ...]
    floor: str
    ceiling: str
    offers: tuple[str, ...]
    settings: Mapping[str, Mapping[str, Any]]
    budgets: Mapping[str, Budget]
    seeds: Mapping[str, int]
    data: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    scoring_seconds: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    tuned_on: str = ""
    tracks: tuple[str, ...] = ()
    ordered_by: tuple[str, ...] = ()

    def metric(self, name: str) -> Metric:
        """The metric of that name. Raises KeyError where the task has none."""
        for metric in self.metrics:
            if metric.name == name:
                return metric
        raise KeyError(f"task {self.name!r} has no metric {name!r}")

    def admits(self, track: str) -> bool:
        """Whether a row of that track enters it; one of no track, a reference, enters all."""
        return not track or not self.tracks or track in self.tracks


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A family of tasks that share one method contract.

    Attributes:
        name, title, question: what it is called and asks.
        tasks, needs, tracks: in the order of the site's pages; the first track is the default.
        harness: dotted name of the module that runs and scores (see bench.contract.job).
        references: dotted name of the module that holds the reference rows.
        assets: `(task, tier, seed)` -> the assets that a run of it is handed.
        data_digest: data source's name -> content digest, at once where the data haven't changed;
            raises DataMissing where they aren't here, and the task is left out.
        traits: exceptions that a method may declare, name -> meaning.
        together: whether runs that differ only in their seed form one job.
        checks: `module:function` that holds a method against the contract before it is run, ""
            for none; called as `function(call, method)`, it gives a sentence, with file and line,
            for each breach.
        template: the file that a new method starts from, "" for none; from the folder from which
            the suite's modules are imported: in this repository its root.
        tuning_need: the need that a tuned row has beside its method's own; "" for none.
        scoring_limits: for each tier, the most that scoring may take, if not the usual.
        artefact_bytes: how much of small files one run may leave (bench.contract.job.Scores).
        counters: what is counted of each run, in the order of pages; FLOPs among them.
    """

    name: str
    title: str
    question: str
    tasks: tuple[Task, ...]
    needs: tuple[Need, ...]
    tracks: tuple[Track, ...]
    harness: str
    references: str
    assets: Callable[[Task, str, int], tuple[Asset, ...]]
    data_digest: Callable[[str], str]
    traits: Mapping[str, str] = field(default_factory=dict)
    together: bool = False
    checks: str = ""
    template: str = ""
    tuning_need: str = ""
    scoring_limits: Mapping[str, ScoringLimit] = field(default_factory=dict)
    artefact_bytes: int = 2**20
    counters: tuple[Counter, ...] = (FLOPS,)

    def __post_init__(self) -> None:
        """Hold each task against the suite.

        Raises:
            ValueError: a task lacks a metric that its rows are ranked by, names an unknown track,
                or limits what isn't counted; a counter stands twice; or the need of tuning is none
                of the suite's.
        """
        if self.tuning_need not in ("", *(need.name for need in self.needs)):
            raise ValueError(
                f"suite {self.name!r} has tuning_need={self.tuning_need!r}, which isn't among its "
                "needs; add it to them"
            )
        names = [counter.name for counter in self.counters]
        if len(set(names)) < len(names) or FLOPS not in self.counters:
            raise ValueError(
                f"suite {self.name!r} has the counters {', '.join(names)}; name each once, and "
                "bench.metering.budget's FLOPS among them"
            )
        for task in self.tasks:
            self._check_task(task)

    def _check_task(self, task: Task) -> None:
        known = [track.name for track in self.tracks]
        unknown = [track for track in task.tracks if track not in known]
        if unknown:
            raise ValueError(
                f"task {task.name!r} names the track {unknown[0]!r}, which suite {self.name!r} "
                f"doesn't have; it has {', '.join(known)}. Correct the task's tracks"
            )
        lacking = set(task.ordered_by) - {metric.name for metric in task.metrics}
        if lacking:
            raise ValueError(
                f"task {task.name!r} is ordered by {', '.join(sorted(lacking))}, which it has no "
                "metric of; add it to the task's metrics"
            )
        limited = {name for budget in task.budgets.values() for name in budget.limits}
        uncounted = sorted(limited - {counter.name for counter in self.counters})
        if uncounted:
            raise ValueError(
                f"task {task.name!r} limits {', '.join(uncounted)}, which suite {self.name!r} "
                "doesn't count; add it to the suite's counters"
            )

    def scoring_limit(self, tier: str) -> ScoringLimit:
        """The most that scoring one run of that tier may take."""
        return self.scoring_limits.get(tier, ScoringLimit())

    def task(self, name: str) -> Task:
        """The task of that name. Raises KeyError where the suite has none."""
        for task in self.tasks:
            if task.name == name:
                return task
        raise KeyError(f"suite {self.name!r} has no task {name!r}")
