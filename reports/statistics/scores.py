"""Scores of methods on the seeds of tasks, as statistics take them.

Here: the one structure, and how it is made from a plain frame. Not here: what is computed from it
(reports.statistics.summaries), records (reports.board).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Frame(Protocol):
    """Named columns of one length: a pandas frame, or a mapping of lists."""

    def __getitem__(self, name: str, /) -> Any:
        """A column's values, in order."""


@dataclass(frozen=True)
class Scores:
    """One score for every method on every seed of every task; high is better.

    Attributes:
        methods, tasks: their names, in the order in which they first come.
        values: one array a task, shape (methods, seeds of that task); a column is one seed, so
            that methods are paired.
        costs: cost's name -> one a method, its unit; NaN where it isn't known.
    """

    methods: tuple[str, ...]
    tasks: tuple[str, ...]
    values: tuple[Array, ...]
    costs: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def of(self, method: int) -> list[Array]:
        """One method's scores: an array a task, shape (seeds of that task,)."""
        return [task[method] for task in self.values]

    @classmethod
    def from_frame(cls, frame: Frame, costs: Sequence[str] = ()) -> Scores:
        """Scores from columns `method`, `task`, `seed` and `value`, one row a run.

        Args:
            frame: also holds a column for each of `costs`; a method's cost is the mean over tasks
                of the mean over its runs.
        Raises:
            ValueError: a run is there twice or is lacking, or a value is no number. What a failed
                run counts as is for the caller to decide, and to put in.
        """
        columns = [list(frame[name]) for name in ("method", "task", "seed", "value")]
        found: dict[tuple[str, str, Any], int] = {}
        for row, (method, task, seed, value) in enumerate(zip(*columns, strict=True)):
            run = (str(method), str(task), seed)
            if run in found:
                raise ValueError(f"{_words(run)} is there twice: keep one row a run")
            if isnan(float(value)):
                raise ValueError(f"{_words(run)} has no value: put in what it counts as")
            found[run] = row
        methods = tuple(dict.fromkeys(map(str, columns[0])))
        tasks = tuple(dict.fromkeys(map(str, columns[1])))
        seeds = {t: sorted({seed for _m, task, seed in found if task == t}) for t in tasks}
        every = [(m, t, seed) for t in tasks for m in methods for seed in seeds[t]]
        lacking = next((run for run in every if run not in found), None)
        if lacking:
            raise ValueError(
                f"{_words(lacking)} is lacking: methods are paired, so put in what it counts as, "
                "or leave its method or its seed out"
            )

        def grid(column: Sequence[Any], task: str) -> Array:
            rows = [[float(column[found[m, task, s]]) for s in seeds[task]] for m in methods]
            return np.array(rows, dtype=np.float64)

        means = {
            name: [
                float(np.mean([grid(column, t)[i].mean() for t in tasks]))
                for i in range(len(methods))
            ]
            for name in costs
            for column in [list(frame[name])]
        }
        return cls(methods, tasks, tuple(grid(columns[3], t) for t in tasks), means)


def _words(run: tuple[str, str, Any]) -> str:
    return f"method {run[0]!r} on task {run[1]!r}, seed {run[2]}"
