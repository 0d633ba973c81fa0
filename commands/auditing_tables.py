"""Computing rows of shipped tables anew: the audit of what is too long to make whole.

Here: the drawing of rows, the command that each table names for them, and the verdict. Not here:
records (commands.auditing).
"""

from __future__ import annotations

import gzip
import os
import random
import shlex
import subprocess
import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.catalogue.modules import search_path
from bench.contract.suite import Suite
from bench.planning.shipped import ShippedTable, tables_of_tasks
from bench.records.assets import Damaged, shipped_file
from bench.running.provenance import machine
from commands.again import ALIKE, DIFFERENT, IDENTICAL, NOT_HERE
from commands.summary import columns

PATIENCE = 600
"""Seconds that computing one row may take."""


@dataclass(frozen=True)
class AuditedRow:
    """One row of a table, computed anew."""

    table: str
    row: int
    verdict: str
    reason: str = ""

    def as_row(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def audit_tables(suites: Iterable[Suite], sample: int, seed: int) -> list[AuditedRow]:
    """Compute a sample of each table's rows anew.

    Args:
        sample: rows of each table.
    """
    audited = []
    for shipped in (table for suite in suites for table in tables_of_tasks(suite, suite.tasks)):
        table = shipped.table
        draws = random.Random(f"{table.path}/{seed}")
        rows = sorted(draws.sample(range(table.rows), min(sample, table.rows)))
        try:
            file = shipped_file(table, shipped.root)
        except Damaged as error:
            audited += [AuditedRow(table.path, row, DIFFERENT, str(error)) for row in rows]
            continue
        with gzip.open(file, "rt", encoding="utf-8") as opened:
            lines = {line.rstrip("\r\n") for line in opened}
        for row in rows:
            print(f"{table.path}: computing row {row} anew", file=sys.stderr)
            audited.append(audit_row(shipped, row, lines))
    return audited


def audit_row(shipped: ShippedTable, row: int, lines: Collection[str]) -> AuditedRow:
    """The verdict on one row: what its command prints must be one of the table's lines."""
    table = shipped.table
    words = shlex.split(table.command(row))
    command = [sys.executable, *words[1:]] if words[0] == "python" else words
    try:
        done = subprocess.run(
            command,
            cwd=shipped.root,
            env={**os.environ, "PYTHONPATH": search_path()},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return AuditedRow(table.path, row, NOT_HERE, f"it took longer than {PATIENCE} s")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        return AuditedRow(table.path, row, NOT_HERE, f"`{table.command(row)}` failed: {last}")
    if done.stdout.strip() in lines:
        return AuditedRow(table.path, row, IDENTICAL)
    if table.made_on not in ("", machine()["cpu"]):
        reason = f"it was made on another kind of processor ({table.made_on})"
        return AuditedRow(table.path, row, ALIKE, reason)
    return AuditedRow(table.path, row, DIFFERENT, f"`{table.command(row)}` gives another row")


def text(rows: Sequence[AuditedRow]) -> str:
    """The rows as a table, and the reasons."""
    shown = columns([(r.table, r.row, r.verdict) for r in rows], ("table", "row", "verdict"))
    return "\n".join([shown, *dict.fromkeys(row.reason for row in rows if row.reason)])
