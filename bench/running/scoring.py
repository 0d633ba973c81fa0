"""What a job's scoring did to its records.

Here: the parent's part. A run's own outcome is its status; what scoring costs stands in the record
apart from what the method spent, and a scoring that fails or breaks the suite's limit is our fault
(`infra`), told in one sentence. Not here: scoring itself (bench.running.scorer).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from bench.contract.suite import ScoringLimit
from bench.records.record import Record
from bench.running.child_report import Scored
from bench.running.children import Ending
from bench.running.outcome import claimed, judge


def fill_in(records: Sequence[Record], ending: Ending, limit: ScoringLimit) -> bool:
    """Fill in the outcome of records whose method returned.

    Args:
        records: one a run of the job, in order.
        ending: of the scorer's process.
        limit: the suite's, for each run.
    Returns:
        Whether it was scored; if not, all of them are `infra`.
    """
    seconds = limit.seconds * len(records)
    status, reason = judge(ending, seconds, limit.memory)
    spent = _spent(ending, len(records))
    for record in records:
        record.cost["scoring"] = dict(spent)
    if status != "ok" or ending.report is None:
        for record in records:
            record.status, record.reason = "infra", _failure(status, reason, limit)
            record.log += "\n--- scoring ---\n" + ending.log
        return False
    for record, scored in zip(records, ending.report["scores"], strict=True):
        _fill_in_one(record, scored)
    return True


def _failure(status: str, reason: str, limit: ScoringLimit) -> str:
    """Why there are no scores, in one sentence that leaves the method out of it."""
    if status == "timeout":
        return (
            f"scoring took longer than the suite's limit of {limit.seconds:g} s a run; that is no "
            "fault of the method's. Make scoring quicker, or raise the suite's scoring limit"
        )
    if status == "out_of_memory":
        return (
            f"scoring took more memory than the suite's limit of {limit.memory / 2**20:.0f} MiB; "
            "that is no fault of the method's. Raise the suite's scoring limit, or make it less"
        )
    return f"scoring failed: {reason}"


def _fill_in_one(record: Record, scored: Scored) -> None:
    if "error" in scored:
        record.status, record.reason = claimed(scored["error"])
        return
    if "fault" in scored:
        record.status, record.reason = "infra", f"scoring failed: {scored['fault']}"
        return
    bad = sorted(name for name, value in scored["metrics"].items() if not isfinite(value))
    if bad:
        record.status, record.reason = "diverged", f"{', '.join(bad)} isn't finite"
        return
    record.metrics, record.details = scored["metrics"], scored["details"]
    record.cost.update(scored["cost"])
    record.artefacts = {name: dict(entry) for name, entry in scored["artefacts"].items()}


def _spent(ending: Ending, count: int) -> dict[str, Any]:
    """A run's share of what scoring its job took; memory is the whole job's."""
    report = ending.report or {}
    return {
        "flops": report.get("scoring_flops", 0.0) / count,
        "seconds": report.get("seconds", ending.seconds) / count,
        "cpu_seconds": report.get("cpu_seconds", 0.0) / count,
        "peak_memory": max(ending.peak_memory, report.get("peak_memory", 0)),
    }
