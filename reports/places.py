"""Where one method stands: its rows of the suite's table and of every task's, in one table.

Here: what `python -m bench apply METHOD --explain` shows below the method's summary. Not here: the
tables that the rows are of (reports.tables).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from bench.records.record import Record
from reports.board import boards
from reports.columns import COSTS
from reports.frame import Column, Table
from reports.tables import suite_table, task_table

if TYPE_CHECKING:
    from bench.catalogue.registry import Catalogue

KEPT = ("label", "variant", "rank", "rank_low", "rank_high", "score", "score_low", "score_high")


def places(
    records: Iterable[Record], catalogue: Catalogue, suite: str, method: str, tier: str
) -> Table:
    """A row for the whole suite and one for each task, of the method's variants.

    Raises:
        ReportError: nothing of the suite can be scored.
    """
    tracks = boards(list(records), catalogue, suite, tier)
    known = catalogue.suites[suite]
    tables = [("all ranked tasks", suite_table([board for board in tracks if board.scored]))]
    tables += [
        (task.title, task_table(tracks, task))
        for task in known.tasks
        if any(task.name in board.scored for board in tracks)
    ]
    rows = [
        {"where": where, **_row(row), "of": _competitors(table, row)}
        for where, table in tables
        for row in table.values
        if row["method"] == method
    ]
    columns = (
        Column("where", "On"),
        Column("label", "Method"),
        Column("rank", "Rank", "place"),
        Column("of", "Of", "figure", places=0),
        Column("score", "Score", "estimate"),
        Column("flops", "FLOPs", "flops"),
        Column("seconds", "Time", "seconds"),
    )
    note = "Rank, score and their intervals are the leaderboard's: docs/statistics.md."
    names = ("where", "of", *KEPT, *COSTS)
    return Table(f"{known.title}, tier {tier}", names, rows, columns, (note,))


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in (*KEPT, *COSTS) if name in row}


def _competitors(table: Table, row: Mapping[str, Any]) -> int:
    """How many rows are ranked beside it."""
    return sum(r["track"] == row["track"] and r["kind"] == "method" for r in table.values)
