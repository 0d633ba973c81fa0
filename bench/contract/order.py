"""Suites whose rows are ranked by several metrics, one after another, instead of by the score.

Here: the suite that says so. Not here: other suites (bench.contract.suite), the ranking
(reports.ranking).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.contract.suite import Suite


@dataclass(frozen=True)
class Ordered(Suite):
    """A suite whose rows are ranked lexicographically.

    Attributes:
        ordered_by: names of metrics that every task has, first the most important: a later one
            decides only where all before it are equal. A metric that a record lacks wasn't
            applicable to that run. Metrics that tasks are scored by enter as the score does,
            0 at the floor and 1 at the ceiling.
    """

    ordered_by: tuple[str, ...] = field(kw_only=True)

    def __post_init__(self) -> None:
        """Raises ValueError where a task lacks one of the metrics, or none is named."""
        super().__post_init__()
        if not self.ordered_by:
            raise ValueError(f"suite {self.name!r} names no metric in ordered_by; name one")
        for task in self.tasks:
            lacking = set(self.ordered_by) - {metric.name for metric in task.metrics}
            if lacking:
                raise ValueError(
                    f"suite {self.name!r} is ordered by {', '.join(sorted(lacking))}, which its "
                    f"task {task.name!r} has no metric of; add it to the task's metrics"
                )
