"""Registered statistics of a board's rows, as columns of its table.

Here: which of them a table holds. Not here: what they are (reports.statistics.summaries), means,
ranks and differences, which tables have from their ranking (reports.ranking).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reports.costs import mean_cost
from reports.frame import Column
from reports.ranking import Ranked
from reports.statistics import STATISTICS, Scores, Statistic

SHOWN = ("win_rate", "probability_of_improvement", "interquartile_mean", "performance_profile")
FRONTS = {"flops": "pareto", "seconds": "pareto_seconds", "parameters": "pareto_parameters"}
"""Cost's name -> the column that says whether a row is on the front of score against it."""


def shown() -> list[Statistic]:
    """The statistics that a suite's table has columns of, beside those of the ranking."""
    return [STATISTICS[name] for name in SHOWN]


def scores_of(ranked: Sequence[Ranked], tasks: Sequence[str]) -> Scores:
    """A ranking's rows as statistics take them."""
    rows = [one.row for one in ranked]
    return Scores(
        methods=tuple(row.name for row in rows),
        tasks=tuple(tasks),
        values=tuple(np.array([row.cells[task].scores for row in rows]) for task in tasks),
        costs={cost: [mean_cost(row, tasks, cost) for row in rows] for cost in FRONTS},
    )


def names() -> list[str]:
    """Their columns, and those of the Pareto fronts."""
    return [*(c for s in shown() for c in columns_of(s)), *FRONTS.values()]


def columns_of(statistic: Statistic) -> list[str]:
    """The columns that a statistic has."""
    return list(statistic.compute(Scores(("a", "b"), ("t",), (np.zeros((2, 1)),))))


def shown_columns() -> tuple[Column, ...]:
    """How they are shown where they are asked for."""
    figures = [
        Column(name, statistic.title, "figure")
        for statistic in shown()
        for name in columns_of(statistic)
    ]
    fronts = [Column(name, f"Pareto, {cost}") for cost, name in FRONTS.items()]
    return (*figures, *fronts)


def columns(ranked: Sequence[Ranked], tasks: Sequence[str]) -> dict[str, dict[str, float | bool]]:
    """Row's name -> the values of those columns."""
    if not ranked:
        return {}
    scores = scores_of(ranked, tasks)
    found = {name: values for s in shown() for name, values in s.compute(scores).items()}
    fronts = STATISTICS["pareto"].compute(scores)
    found |= {FRONTS[name.removeprefix("pareto_")]: values for name, values in fronts.items()}
    return {
        method: {
            name: bool(values[i]) if name in FRONTS.values() else values[i]
            for name, values in found.items()
        }
        for i, method in enumerate(scores.methods)
    }
