"""What a row's runs cost, and how far they may be trusted.

Here: means over the runs that a row's score is over, too. Not here: scores and ranks
(reports.ranking), how costs are written (reports.digits).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import numpy as np

from bench.metering.budget import FLOPS
from bench.records.record import Record
from reports.board import Row

STANDINGS = ("self-reported", "reproduced", "maintainer-run")
"""From weakest to strongest; a row shows the weakest of its records."""


def spent(record: Record, name: str) -> float:
    """What a run cost; NaN where its record doesn't say.

    FLOPs are those of the method and of what its suite asked of it beside (`uncharged`): where a
    method's answers are its work, they cost what they took, though no budget limits them.
    """
    if name not in record.cost:
        return nan
    beside = record.cost.get("uncharged", {}).values() if name == FLOPS.name else ()
    return float(record.cost[name]) + float(sum(beside))


def mean_cost(row: Row, tasks: Sequence[str], name: str) -> float:
    """What its runs cost: mean over tasks of the mean over runs that say so; NaN if none does.

    Failed runs count with what they spent before they stopped; skipped ones spent nothing.
    """
    means = []
    for task in tasks:
        if task not in row.cells:
            continue
        costs = [
            spent(r, name)
            for r in row.cells[task].records
            if r is not None and r.status not in ("skipped", "infra") and name in r.cost
        ]
        if costs:
            means.append(float(np.mean(costs)))
    return float(np.mean(means)) if means else nan


def weakest_standing(row: Row, tasks: Sequence[str]) -> str:
    """The weakest standing of its records on those tasks."""
    standings = sorted({r.standing for r in row.records(tasks)})
    return min(standings, key=lambda s: STANDINGS.index(s) if s in STANDINGS else -1, default="")
