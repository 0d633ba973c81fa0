"""Every statistic of a table of scores, each one registered function.

Here: `statistic` registers, `summarise` computes. A statistic takes `Scores` and gives one value a
method in each of its columns; it knows nothing of records. To add one, write a function, decorate
it, and show its arithmetic in a golden test. Not here: tests and intervals between methods
(reports.statistics.family).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from reports.statistics.difference import paired_difference
from reports.statistics.pareto import pareto_front
from reports.statistics.ranks import ranks
from reports.statistics.scores import Array, Frame, Scores
from reports.statistics.stratified import stratified_mean

Columns = dict[str, list[float]]
"""Column's name -> one value a method."""


@dataclass(frozen=True)
class Statistic:
    """What a statistic is, and the function that gives it.

    Attributes:
        better: `high`, `low`, or "" where neither is.
        meaning: what it says and how it is computed, in one or two sentences.
        source: who defined it.
    """

    name: str
    title: str
    better: str
    meaning: str
    source: str
    compute: Callable[[Scores], Columns]


STATISTICS: dict[str, Statistic] = {}
"""Every registered statistic, by name."""

Computing = Callable[[Scores], Columns]


def statistic(
    *, title: str, better: str, meaning: str, source: str
) -> Callable[[Computing], Computing]:
    """Register a function of `Scores` under its own name."""

    def register(function: Computing) -> Computing:
        name = function.__name__
        STATISTICS[name] = Statistic(name, title, better, meaning, source, function)
        return function

    return register


def summarise(
    frame: Frame, statistics: Iterable[str] = (), costs: Sequence[str] = ()
) -> dict[str, list[float] | list[str]]:
    """Statistics of a plain frame, as columns that `pandas.DataFrame` takes.

    >>> runs = {
    ...     "method": ["a", "a", "b", "b"], "task": ["t"] * 4,
    ...     "seed": [0, 1, 0, 1], "value": [0.5, 0.7, 0.6, 0.6],
    ... }
    >>> summarise(runs, ["mean_rank"])
    {'method': ['a', 'b'], 'mean_rank': [1.5, 1.5]}

    Args:
        frame: columns `method`, `task`, `seed`, `value` (high is better), and each of `costs`.
        statistics: names; all that are registered by default.
        costs: names of columns, e.g. `flops`, for the Pareto fronts.
    Raises:
        ValueError: an unknown name, or a frame that isn't whole: see `Scores.from_frame`.
    """
    asked = list(statistics) or list(STATISTICS)
    unknown = next((name for name in asked if name not in STATISTICS), None)
    if unknown is not None:
        raise ValueError(f"There is no statistic {unknown!r}. Choose of: {', '.join(STATISTICS)}.")
    scores = Scores.from_frame(frame, costs)
    columns: dict[str, list[float] | list[str]] = {"method": list(scores.methods)}
    for name in asked:
        columns |= STATISTICS[name].compute(scores)
    return columns


@statistic(
    title="Mean",
    better="high",
    meaning="Mean over tasks of the mean over seeds, with its 95% interval: these tasks, new "
    "seeds.",
    source="Welch, Biometrika 34 (1947)",
)
def mean(scores: Scores) -> Columns:
    """Each method's stratified mean."""
    found = [stratified_mean(scores.of(i)).interval for i in range(len(scores.methods))]
    return {
        "mean": [interval.mean for interval in found],
        "mean_low": [interval.low for interval in found],
        "mean_high": [interval.high for interval in found],
    }


@statistic(
    title="Difference to the best mean",
    better="high",
    meaning="Mean over tasks of the mean difference to the method with the best mean, paired on "
    "seeds, with its own 95% interval.",
    source="Welch, Biometrika 34 (1947)",
)
def difference(scores: Scores) -> Columns:
    """Each method less the one with the best mean; 0 without an interval for that one."""
    lead = _lead(scores)
    found = [
        paired_difference(scores.of(i), scores.of(lead)).interval
        for i in range(len(scores.methods))
    ]
    ends = [(nan, nan) if i == lead else (f.low, f.high) for i, f in enumerate(found)]
    return {
        "difference": [0.0 if i == lead else f.mean for i, f in enumerate(found)],
        "difference_low": [low for low, _ in ends],
        "difference_high": [high for _, high in ends],
    }


@statistic(
    title="Mean rank",
    better="low",
    meaning="Mean over tasks and seeds of the rank in each; equal scores share the mean of their "
    "ranks.",
    source="Demsar, JMLR 7 (2006)",
)
def mean_rank(scores: Scores) -> Columns:
    """Mean over tasks of the mean rank over seeds."""
    return {"mean_rank": _over_tasks(scores, lambda values: ranks(values).mean(1))}


@statistic(
    title="Win rate",
    better="high",
    meaning="Share of the other methods that it beats on the same seed, a tie counting half; mean "
    "over tasks and seeds.",
    source="TabArena (Erickson et al., 2025)",
)
def win_rate(scores: Scores) -> Columns:
    """(methods - rank) / (methods - 1), averaged; NaN where there is no other method."""
    others = len(scores.methods) - 1
    if not others:
        return {"win_rate": [nan]}

    def shares(values: Array) -> Array:
        found: Array = ((others + 1 - ranks(values)) / others).mean(1)
        return found

    return {"win_rate": _over_tasks(scores, shares)}


@statistic(
    title="Probability of improvement",
    better="high",
    meaning="How probable it is that one of its runs beats one of the best mean's on a task, over "
    "every two seeds (a tie counts half); mean over tasks.",
    source="Agarwal et al., NeurIPS 2021, section 4.3",
)
def probability_of_improvement(scores: Scores) -> Columns:
    """P(X > Y) against the method with the best mean; one half for that one itself."""
    lead = _lead(scores)

    def against(values: Array) -> Array:
        others = values[lead][None, None, :]
        own = values[:, :, None]
        better: Array = ((own > others) + 0.5 * (own == others)).mean((1, 2))
        return better

    return {"probability_of_improvement": _over_tasks(scores, against)}


@statistic(
    title="Interquartile mean",
    better="high",
    meaning="Mean of the middle half of all of its runs, whatever their task: a quarter is left "
    "out at each end, rounded down.",
    source="Agarwal et al., NeurIPS 2021, section 4.3",
)
def interquartile_mean(scores: Scores) -> Columns:
    """The mean of all runs, 25% trimmed at each end."""
    runs = np.sort(np.concatenate(scores.values, axis=1), axis=1)
    cut = runs.shape[1] // 4
    return {"interquartile_mean": _listed(runs[:, cut : runs.shape[1] - cut].mean(1))}


THRESHOLDS = (0.25, 0.5, 0.75)


@statistic(
    title="Performance profile",
    better="high",
    meaning="Share of all of its runs that score above .25, above .5 and above .75.",
    source="Agarwal et al., NeurIPS 2021, section 4.2",
)
def performance_profile(scores: Scores) -> Columns:
    """The run-score distribution at `THRESHOLDS`; `profile` gives it at any."""
    shares = profile(scores, THRESHOLDS)
    return {
        f"profile_{threshold:g}": _listed(shares[:, i]) for i, threshold in enumerate(THRESHOLDS)
    }


def profile(scores: Scores, thresholds: Sequence[float]) -> Array:
    """The share of each method's runs that score above each threshold.

    Returns:
        Shape (methods, thresholds).
    """
    runs = np.concatenate(scores.values, axis=1)
    found: Array = (runs[:, :, None] > np.asarray(thresholds)).mean(1)
    return found


@statistic(
    title="Pareto fronts",
    better="",
    meaning="For each cost, 1 where no other method is as cheap and has as good a mean, and is "
    "better in one of both.",
    source="Pareto, Manuale di economia politica (1906)",
)
def pareto(scores: Scores) -> Columns:
    """Whether each method is on the front of mean against each cost."""
    means = _means(scores)
    return {
        f"pareto_{cost}": [float(on) for on in pareto_front(spent, means)]
        for cost, spent in scores.costs.items()
    }


def _lead(scores: Scores) -> int:
    """The method with the best mean over tasks; the first of equal ones."""
    return int(np.argmax(_means(scores)))


def _means(scores: Scores) -> list[float]:
    return _over_tasks(scores, lambda values: values.mean(1))


def _over_tasks(scores: Scores, statistic_of: Callable[[Array], Array]) -> list[float]:
    """The mean over tasks of what each gives for its values: one a method."""
    return _listed(np.mean([statistic_of(values) for values in scores.values], axis=0))


def _listed(values: Array) -> list[float]:
    return [float(value) for value in values]
