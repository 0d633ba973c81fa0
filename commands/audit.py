"""Recomputing published records: what to draw, and what the comparison says.

Here: the drawing, and the verdict on one record. Not here: running it (bench.running.executor).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from bench.planning.selection import Selection
from bench.records.record import Record
from commands.summary import columns

TOLERANCE = 0.02
"""How far apart a metric in [0, 1] may lie on another machine: rounding there may turn single
predictions, and a training that starts from them drifts."""


def draw(records: Sequence[Record], count: int, seed: int, tier: str) -> list[Record]:
    """A random sample of the records of a tier that finished or failed by themselves."""
    pool = sorted(
        (r for r in records if r.tier == tier and r.status != "skipped"), key=lambda r: r.key
    )
    return random.Random(seed).sample(pool, min(count, len(pool)))


def selection(record: Record) -> Selection:
    """What makes that record again, and nothing else."""
    return Selection(
        tier=record.tier,
        suites=[record.suite],
        tasks=[record.task],
        methods=[record.method],
        variants=[record.variant],
        seeds=[record.seed],
    )


def compare(published: Record, again: Record) -> dict[str, Any]:
    """One row of the audit.

    Returns:
        `verdict`: `identical` (same status, same digits), `within tolerance` (every metric
        within TOLERANCE, relative where it is above 1) or `different`; `largest`: the largest
        difference; `same_key`: False where source, task or versions have changed since.
    """
    names = sorted({*published.metrics, *again.metrics})
    shared = [n for n in names if n in published.metrics and n in again.metrics]
    apart = [
        abs(published.metrics[n] - again.metrics[n]) / max(1.0, abs(published.metrics[n]))
        for n in shared
    ]
    largest = max(apart, default=0.0)
    if published.status != again.status or len(shared) < len(names):
        verdict = "different"
    elif published.metrics == again.metrics:
        verdict = "identical"
    else:
        verdict = "within tolerance" if largest <= TOLERANCE else "different"
    return {
        **_row(published, verdict),
        "largest": largest,
        "status": [published.status, again.status],
        "same_key": published.key == again.key,
    }


def not_here(published: Record, reason: str) -> dict[str, Any]:
    """The row of a record that can't be made again, because its task's data aren't here."""
    status = [published.status, ""]
    found = {"largest": None, "status": status, "same_key": False, "reason": reason}
    return {**_row(published, "not here"), **found}


def _row(published: Record, verdict: str) -> dict[str, Any]:
    return {
        "key": published.key,
        "suite": published.suite,
        "task": published.task,
        "method": published.method,
        "variant": published.variant,
        "seed": published.seed,
        "verdict": verdict,
    }


def text(results: Sequence[dict[str, Any]]) -> str:
    """The audit as a table, and why what is missing couldn't be audited."""
    rows = [
        (
            r["key"][:12],
            r["task"],
            r["method"],
            r["variant"],
            r["seed"],
            r["verdict"],
            "-" if r["largest"] is None else f"{r['largest']:.2g}",
            "" if r["same_key"] or "reason" in r else "sources or versions differ",
        )
        for r in results
    ]
    header = ("key", "task", "method", "variant", "seed", "verdict", "largest", "note")
    reasons = dict.fromkeys(r["reason"] for r in results if "reason" in r)
    return "\n".join([columns(rows, header), *reasons])
