"""What a child's ending means: the status and reason of a record.

Here: the parent's judgement, made from how the process ended and what it claimed.
Not here: ending processes (bench.running.children).
"""

from __future__ import annotations

import signal

from bench.running.child_report import Error, Spent
from bench.running.children import Ending

CLAIMS = {
    "BudgetExceeded": "over_budget",
    "ContractError": "invalid",
    "WrongAmount": "invalid",
    "UncountedOperator": "invalid",
    "Diverged": "diverged",
    "MemoryError": "out_of_memory",
    "OutOfMemoryError": "out_of_memory",
    "Damaged": "infra",
}
"""Errors that a child may name, and the status that they make."""

ALLOCATION = ("can't allocate memory", "not enough memory", "Cannot allocate memory")
"""How torch and the C library word a refused allocation."""

NO_ROOM = (
    "No space left on device",
    "Disk quota exceeded",
    "Read-only file system",
    "File too large",
)
"""How the C library words a folder that can't take a file."""

MAKE_ROOM = (
    "Free some room there, or set WEIGHHOUSE_HOME to a folder that has room and can be written, "
    "and run again."
)


def judge(ending: Ending, seconds: float, memory: float) -> tuple[str, str]:
    """Status and reason of what a child did.

    Args:
        ending: how it ended.
        seconds, memory: the limits that it ran under.
    Returns:
        ("ok", "") where it returned; else a status of bench.records.record.STATUSES and one
        sentence.
    """
    if ending.ended_by == "deadline":
        return "timeout", f"was stopped at its deadline of {seconds:g} s"
    if ending.ended_by == "memory":
        return "out_of_memory", f"was stopped at its memory cap of {memory / 2**20:.0f} MiB"
    if ending.report is None:
        return _death(ending.exit_code)
    error = ending.report.get("error")
    if error is None:
        return "ok", ""
    return claimed(error, memory)


def claimed(error: Error, memory: float = 0) -> tuple[str, str]:
    """Status and reason of an error that a child reported."""
    kind, message = str(error.get("type")), str(error.get("message"))
    if any(words in message for words in ALLOCATION):
        kind = "MemoryError"
    if any(words in message for words in NO_ROOM):
        return "infra", f"its files could not be written ({message}). {MAKE_ROOM}"
    status = CLAIMS.get(kind, "crashed")
    if status == "out_of_memory":
        return status, f"asked for more than its memory cap of {memory / 2**20:.0f} MiB"
    return status, message if status != "crashed" else f"{kind}: {message}"


def overruled(status: str, reason: str, spent: Spent) -> tuple[str, str]:
    """Status and reason of a run, its meter heard: what it refused stands, whatever came after.

    A method that catches the refusal and goes on is over its budget all the same.
    """
    if spent["wrong"]:
        return "invalid", spent["wrong"]
    if spent["refused"] and status != "over_budget":
        return "over_budget", spent["refused"]
    return status, reason


def _death(code: int | None) -> tuple[str, str]:
    if code is None:
        return "infra", "its process was lost"
    if code == -signal.SIGKILL:
        return "infra", "its process was killed from outside (the machine out of memory?)"
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return "crashed", f"its process died of {name}"
    return "crashed", f"its process left with exit code {code} before it returned"
