"""Columns that several tables share, and the values that a row has in them.

Here: what rows are ranked by, the metrics that are axes of the score, costs. Not here: whole tables
and their rows (reports.tables), what a column is (reports.frame).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bench.contract.metric import Metric
from bench.contract.suite import Task
from reports.board import Board
from reports.criteria import ordering_metrics
from reports.frame import Column
from reports.ranking import Estimate
from reports.statistics import Interval

COSTS = ("flops", "seconds", "peak_memory")


Rankings = Sequence[Sequence[Task]]
"""Of each ranking that a table shows, the tasks that it is over."""


def ranking_columns(rankings: Rankings) -> tuple[Column, ...]:
    """The score, and in their order the metrics that rows are ranked by.

    A metric that is the whole score of every task has the score's column.
    """
    score = Column("score", "Score", "estimate", least=1)
    ordering = [
        replace(score, title=f"Score: {m.title.lower()}")
        if all(task.scored_by == (m.name,) for tasks in rankings for task in tasks)
        else Column(f"order.{m.name}", m.title, "estimate", least=2)
        for m in _metrics(rankings)
    ]
    return tuple(ordering) if "score" in {c.name for c in ordering} else (*ordering, score)


def ordering_names(rankings: Rankings) -> list[str]:
    """Columns of the metrics that rows are ranked by: mean, interval, runs without a value."""
    ends = ("", "_low", "_high", "_absent")
    return [f"order.{m.name}{end}" for m in _metrics(rankings) for end in ends]


def _metrics(rankings: Rankings) -> list[Metric]:
    """The metrics that any of the rankings is by, each once."""
    return list({m.name: m for tasks in rankings for m in ordering_metrics(tasks)}.values())


def ordering_values(estimates: Sequence[Estimate], intervals: bool = True) -> dict[str, Any]:
    """The values of those columns of one row; without intervals the means alone."""
    columns: dict[str, Any] = {}
    for estimate in estimates:
        name = f"order.{estimate.metric}"
        values = interval_values(name, estimate.interval)
        columns |= values if intervals else {name: values[name]}
        columns[f"{name}_absent"] = estimate.absent
    return columns


def axis_metrics(boards: Sequence[Board]) -> list[tuple[str, str]]:
    """Name and title of each scored metric, where tasks are scored by more than one."""
    titles: dict[str, str] = {}
    for task in (task for board in boards for task in board.ranked_tasks):
        titles |= {n: task.metric(n).title for n in task.scored_by if n not in titles}
    return list(titles.items()) if len(titles) > 1 else []


def cost_columns(rows: Sequence[Mapping[str, Any]]) -> tuple[Column, ...]:
    """What runs cost, need and stand for; how they failed, where any row has failures."""
    failures = any(row["failed"] for row in rows)
    return (
        Column("flops", "FLOPs", "flops"),
        Column("seconds", "Time", "seconds"),
        Column("peak_memory", "Memory", "bytes"),
        Column("needs", "Needs", "needs"),
        Column("standing", "Standing"),
        *([Column("statuses", "No result")] if failures else []),
    )


def interval_values(name: str, interval: Interval) -> dict[str, float]:
    """A mean and the ends of its interval, under a column's name."""
    return {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}
