"""What rows are ranked by, most important first: the score, or the metrics that a task names.

Here: a criterion's values on one task with the rule for runs without a result, its means over
tasks, and the tests that tell two rows apart in it. Not here: places and groups (reports.ranking),
which rows there are (reports.board), the sentences that say all this (reports.notes).

Where a task names no metrics in `ordered_by`, the score is the one criterion, and so it is over
tasks that name different ones. Where they name the same: a run that failed, was skipped or was
never made counts as the worst that the metric can be (a fraction 1 or 0, a metric of the score 0,
any other not applicable), and not applicable is worse than any number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bench.records.record import Record
from reports.statistics import NOTHING_KNOWN, Difference, Interval, Prior, paired_difference

if TYPE_CHECKING:
    from bench.contract.metric import Metric
    from bench.contract.suite import Task

Array = NDArray[np.float64]

SCORE = "score"
"""The criterion where a task names none."""

ROUNDED = 12
"""Decimals that two means are compared at: the same mean by two roundings is a tie."""


@dataclass(frozen=True)
class Criterion:
    """One thing that rows are ranked by, on one task.

    Attributes:
        name, title: of the metric, or of the score.
        better: `high` or `low`.
        values: shape (seeds,), NaN where the metric isn't applicable.
        grain: the smallest step between the values of all rows, where they come in steps.
        prior: of the variance of two rows' difference (reports.priors); two rows' are the same
            unless nothing is known of one.
    """

    name: str
    title: str
    better: str
    values: Array
    grain: float = 0.0
    prior: Prior = NOTHING_KNOWN

    @property
    def strengths(self) -> Array:
        """The same with high as better."""
        return self.values if self.better == "high" else -self.values


Criteria = tuple[Criterion, ...]


def ordering_metrics(tasks: Sequence[Task]) -> tuple[Metric, ...]:
    """The metrics that a ranking over those tasks is by; none where it is the score.

    It is the score, too, where the tasks name different metrics.
    """
    if len({task.ordered_by for task in tasks}) != 1:
        return ()
    return tuple(tasks[0].metric(name) for name in tasks[0].ordered_by)


def in_score(tasks: Sequence[Task], metric: Metric) -> bool:
    """Whether it enters as the score does: 0 at the floor, 1 at the ceiling, high is better."""
    return any(metric.name in task.scored_by for task in tasks)


STEP = 1e-6
"""A grain below this is none: the metric can take any value."""


def grains(task: Task, records: Iterable[Record]) -> dict[str, float]:
    """The grain of each metric that rows are ranked or scored by: the step that it comes in.

    Args:
        records: all of the task.
    """
    names = dict.fromkeys((*task.ordered_by, *task.scored_by))
    known = [r.metrics for r in records if r.status == "ok"]
    return {name: grain([m[name] for m in known if name in m]) for name in names}


def grain(values: Sequence[float]) -> float:
    """The largest step that all values are apart by a whole number of; 0 where there is none.

    Euclid's algorithm on their differences: of shares of 25 it is .04 as soon as two of them are
    apart by 2 and 3 twenty-fifths, of values that can be any number it soon falls below `STEP`.
    """
    found = 0.0
    for difference in np.diff(np.unique(np.round(values, ROUNDED))):
        larger, smaller = max(found, float(difference)), min(found, float(difference))
        while smaller > STEP:
            rest = larger % smaller
            larger, smaller = smaller, (0.0 if smaller - rest < STEP else rest)
        found = larger
        if found < 10 * STEP:
            return 0.0
    return found


def criteria(
    task: Task,
    records: Sequence[Record | None],
    parts: Mapping[str, Array],
    steps: Mapping[str, float],
) -> Criteria:
    """One row's criteria on one task; none where rows are ranked by the score.

    Args:
        records: one a seed; None where there is none.
        parts: for each metric of the score, its normalised values, shape (seeds,).
        steps: `grains`; of a metric of the score in the score's unit.
    """
    of_row = []
    for metric in ordering_metrics([task]):
        if metric.name in parts:
            step = steps[metric.name]
            of_row.append(Criterion(metric.name, metric.title, "high", parts[metric.name], step))
            continue
        values = [
            worst(metric) if r is None or r.status != "ok" else r.metrics.get(metric.name, nan)
            for r in records
        ]
        array = np.array(values, dtype=np.float64)
        of_row.append(
            Criterion(metric.name, metric.title, metric.better, array, steps[metric.name])
        )
    return tuple(of_row)


def worst(metric: Metric) -> float:
    """What a run without a result counts as, in a metric that isn't part of the score."""
    if metric.unit != "fraction":
        return nan
    return 1.0 if metric.better == "low" else 0.0


@dataclass(frozen=True)
class Level:
    """One criterion of several rows, averaged in several ways.

    Attributes:
        absent: the share of runs that it isn't applicable to, shape (rows, ways).
        means: over tasks of each task's mean over the other runs, high is better, same shape;
            NaN where there are none.
    """

    absent: Array
    means: Array


def levels(rows: Sequence[Sequence[Criteria]], weights: Array) -> list[Level]:
    """Each criterion averaged as the weights say, most important first.

    Args:
        rows: of each row, its criteria on each task.
        weights: what each (task, seed) cell weighs, shape (ways, cells), task-major, rows sum to 1.
    """
    averaged = []
    for place in range(len(rows[0][0])):
        blocks = [
            np.stack([row[task][place].strengths for row in rows]) for task in range(len(rows[0]))
        ]
        averaged.append(_averaged(blocks, weights))
    return averaged


def _averaged(blocks: Sequence[Array], weights: Array) -> Level:
    strengths = np.concatenate(blocks, axis=1)
    missing = np.isnan(strengths)
    if not missing.any():
        means = strengths @ weights.T
        return Level(np.zeros(means.shape), means)
    total, known = (np.zeros((len(strengths), len(weights))) for _ in range(2))
    start = 0
    for block in blocks:
        part = weights[:, start : start + block.shape[1]].T
        start += block.shape[1]
        has = ~np.isnan(block)
        count = has @ part
        mean = np.divide(
            np.where(has, block, 0.0) @ part, count, out=np.zeros(count.shape), where=count > 0
        )
        share = np.where(count > 0, part.sum(0), 0.0)
        total, known = total + mean * share, known + share
    means = np.divide(total, known, out=np.full(total.shape, nan), where=known > 0)
    return Level(missing @ weights.T, means)


def keys(averaged: Sequence[Level]) -> list[Array]:
    """What is compared, one after another, high before low: applicable runs first, then means."""
    compared: list[Array] = []
    for level in averaged:
        if level.absent.any():
            compared.append(-level.absent.round(ROUNDED))
        compared.append(np.nan_to_num(level.means).round(ROUNDED))
    return compared


@dataclass(frozen=True)
class Contrast:
    """Whether two rows differ in one criterion.

    Attributes:
        criterion, title: name and title of the metric, or of the score.
        about: "" for its values, `n/a` for how often it isn't applicable.
        difference: first minus second, high is better.
    """

    criterion: str
    title: str
    better: str
    about: str
    difference: Difference

    def at(self, level: float) -> Contrast:
        """The same with the interval of that level: see `Difference.at`."""
        return replace(self, difference=self.difference.at(level))

    @property
    def interval(self) -> Interval:
        """The difference in what the metric says, or in the share of runs without it."""
        mirrored = self.better == "low" or self.about
        difference = self.difference.interval
        return (
            Interval(-difference.mean, -difference.high, -difference.low)
            if mirrored
            else difference
        )


def _of_both(one: Criterion, other: Criterion) -> Prior:
    """The prior of their difference's variance: known where it is of both."""
    return one.prior if one.prior == other.prior else NOTHING_KNOWN


def contrasts(first: Sequence[Criteria], second: Sequence[Criteria]) -> list[Contrast]:
    """Every test that can be made of two rows, most important first.

    A criterion's values are paired on the (task, seed) where both rows have one. Where they don't
    have one on the same runs, the share of runs without is tested before.

    Args:
        first, second: two rows' criteria on each task, same tasks and seeds.
    """
    tests = []
    for pairs in zip(zip(*first, strict=True), zip(*second, strict=True), strict=True):
        ours, theirs = ([criterion.strengths for criterion in side] for side in pairs)
        one = pairs[0][0]
        named = (one.name, one.title.lower(), one.better)
        lacks = [[np.isnan(s).astype(np.float64) for s in side] for side in (ours, theirs)]
        if any((a != b).any() for a, b in zip(*lacks, strict=True)):
            difference = paired_difference(lacks[1], lacks[0], [1.0] * len(ours))
            tests.append(Contrast(*named, "n/a", difference))
        both = [~np.isnan(a - b) for a, b in zip(ours, theirs, strict=True)]
        own, other = (
            [s[k] for s, k in zip(side, both, strict=True) if k.any()] for side in (ours, theirs)
        )
        if own:
            kept = [pair for *pair, k in zip(*pairs, both, strict=True) if k.any()]
            steps, priors = [a.grain for a, _ in kept], [_of_both(a, b) for a, b in kept]
            tests.append(Contrast(*named, "", paired_difference(own, other, steps, priors)))
    return tests
