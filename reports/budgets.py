"""How much of a task's budget its rows spend, in plain words.

Here: shares of what is allowed, over rows. Not here: what a run costs (reports.costs), the budgets
themselves (bench.metering.budget).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from reports.digits import significant

if TYPE_CHECKING:
    from bench.metering.budget import Budget

LIMITED = (("flops", "FLOPs"), ("seconds", "wall time"), ("peak_memory", "memory"))
"""Columns of a table of rows, and what they are called."""


def budget_sentence(lines: Sequence[Mapping[str, Any]], budget: Budget) -> str:
    """`Half of its rows spend at most 0.3% of the FLOPs that it allows; the most is 61%, MATS.`

    Args:
        lines: rows with `label`, `flops`, `seconds` and `peak_memory`, each a mean over runs.
    Returns:
        Of each limit that there is; "" without rows.
    """
    limits = {**budget.limits, "seconds": budget.seconds, "peak_memory": budget.memory}
    said = []
    for column, title in LIMITED:
        spent = [(line[column], line["label"]) for line in lines if line[column] is not None]
        if not spent or not limits.get(column):
            continue
        most, label = max(spent)
        middle = median(value for value, _ in spent)
        said.append(
            f"{_share(middle / limits[column])} of the {title}, the most "
            f"{_share(most / limits[column])} ({label})"
        )
    return f"Half of its rows spend at most {'; '.join(said)}." if said else ""


def _share(value: float) -> str:
    return f"{significant(100 * value)}%"
