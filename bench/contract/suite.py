"""What a suite declares about itself: tasks, metrics, needs, tracks, assets.

Here: plain data that listing, planning and serving read without importing torch. A suite's
`definition.py` builds one `Suite` from these. Not here: anything that runs; the suite's harness
module (bench.contract.job says what it must offer) does that inside a child process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from bench.metering.budget import Budget

UNIT_RANGES = {
    "fraction": (0.0, 1.0),
    "loss": (0.0, inf),
    "seconds": (0.0, inf),
    "steps": (0.0, inf),
    "decades": (0.0, inf),
}
"""The lowest and highest value of a figure in a unit; other units have none."""

TIERS = ("smoke", "small", "full")


class DataMissing(Exception):
    """A task's data can't be had here; the message says which, why and what to do."""


@dataclass(frozen=True)
class Metric:
    """One figure that a task reports of every run.

    Attributes:
        name: the key in a record's metrics, e.g. `held_in`.
        title: the column's heading.
        unit: `fraction`, `loss`, `seconds`, … or "" for none.
        better: `high` or `low`.
        meaning: one sentence: what it measures, and what it can't tell.
        range: the lowest and highest value that it can have; by default that of its unit.
    """

    name: str
    title: str
    unit: str
    better: str
    meaning: str
    range: tuple[float, float] | None = field(default=None, kw_only=True)

    def bounds(self) -> tuple[float, float]:
        """The lowest and highest value that it can have."""
        return self.range or UNIT_RANGES.get(self.unit, (-inf, inf))


@dataclass(frozen=True)
class Need:
    """Something that a method may be given beyond the minimum; `icon` names the site's symbol."""

    name: str
    title: str
    meaning: str
    icon: str = "weights"


@dataclass(frozen=True)
class Track:
    """A ranking of its own: methods of different tracks are never ranked together."""

    name: str
    title: str
    meaning: str


@dataclass(frozen=True)
class Asset:
    """An expensive input that many runs share, built once in a child process.

    Attributes:
        name: what it is to the run that asks for it, e.g. `experts`.
        builder: `module:function`; called as `function(arguments, inputs)` where inputs maps the
            names of `inputs` to loaded assets; returns a `bench.contract.job.Output`.
        arguments: JSON values; whatever changes the result stands here (with the seed).
        inputs: assets that must be built before, and are handed to the builder.
        data: names of the data sources that it reads; their content digests enter its key.
        seconds: what building it takes on one core of the reference machine, for estimates.
        for_scoring: holds answers: nothing but the scorer's process may load it.
        for_references: made for reference rows (and the scorer): no method's process may load it.
    """

    name: str
    builder: str
    arguments: Mapping[str, Any]
    inputs: tuple[Asset, ...] = ()
    data: tuple[str, ...] = ()
    seconds: float = 1.0
    for_scoring: bool = False
    for_references: bool = False


@dataclass(frozen=True)
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
        seconds: for each such tier, what one run takes on one core, for estimates.
        notes: sentences for the task's page: what was simplified, what the figure can't tell.
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
    notes: tuple[str, ...] = ()

    def metric(self, name: str) -> Metric:
        """The metric of that name. Raises KeyError where the task has none."""
        for metric in self.metrics:
            if metric.name == name:
                return metric
        raise KeyError(f"task {self.name!r} has no metric {name!r}")


@dataclass(frozen=True)
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

    def task(self, name: str) -> Task:
        """The task of that name. Raises KeyError where the suite has none."""
        for task in self.tasks:
            if task.name == name:
                return task
        raise KeyError(f"suite {self.name!r} has no task {name!r}")
