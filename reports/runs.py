"""The table of single runs, a row a record.

Here: its columns and cells. Not here: tables of methods (reports.tables).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

from bench.contract.metric import column_metrics
from bench.contract.suite import Task
from bench.metering.budget import FLOPS, Counter
from bench.records.record import Record
from reports.columns import COSTS
from reports.costs import spent
from reports.frame import Column, Table


def runs_table(
    records: Sequence[Record], task: Task | None = None, counters: Sequence[Counter] = (FLOPS,)
) -> Table:
    """One row a record, failures included.

    Args:
        records: ordered as they should stand.
        task: where all are of one task, so that its metrics become columns.
        counters: what is counted of each, the suite's; each is a column.
    """
    metrics = [m.name for m in task.metrics] if task else []
    shown = column_metrics(task.metrics) if task else ()
    counted = [counter.name for counter in counters if counter.name not in COSTS]
    names = (
        *("key", "suite", "task", "task_version", "tier", "track", "method", "variant", "kind"),
        *("seed", "status", "reason", *(f"metric.{m}" for m in metrics), *COSTS),
        *("cpu_seconds", *counted, "standing", "created", "commit"),
    )
    rows = []
    for record in records:
        row = {name: getattr(record, name, None) for name in names}
        row |= {f"metric.{m}": record.metrics.get(m, nan) for m in metrics}
        row |= {n: spent(record, n) for n in (*COSTS, "cpu_seconds", *counted)}
        row |= {n: record.provenance.get(n, "") for n in ("created", "commit")}
        rows.append(row)
    columns = (
        *(Column(n, n.capitalize()) for n in ("task", "method", "variant", "seed", "status")),
        *(Column(f"metric.{m.name}", m.title, "figure") for m in shown),
        Column("flops", "FLOPs", "flops"),
        Column("seconds", "Time", "seconds"),
        Column("key", "Key"),
    )
    return Table("Runs", names, rows, columns, part="runs")
