"""What a child's ending means: the status and reason of a record.

Here: the parent's judgement, made from how the process ended and what it claimed.
Not here: ending processes (bench.running.children).
"""

from __future__ import annotations

import signal

from bench.running.child_report import Error, Spent
from bench.running.children import Ending
from bench.running.text import sentence
from bench.running.watch import PROCESSES, SCRATCH_FILES

CLAIMS = {
    "BudgetExceeded": "over_budget",
    "ContractError": "invalid",
    "WrongAmount": "invalid",
    "UncountedOperator": "invalid",
    "Diverged": "diverged",
    "MemoryError": "out_of_memory",
    "OutOfMemoryError": "out_of_memory",
}
"""Errors that any child may name, and the status that they make."""

TRUSTED_CLAIMS = CLAIMS | {"Damaged": "infra"}
"""Errors that a child may name in which no method's code has run."""

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

    That the machine is at fault is believed of no process in which a method's code has run: there
    the parent must have seen it itself.

    Args:
        ending: how it ended.
        seconds, memory: the limits that it ran under.
    Returns:
        ("ok", "") where it returned; else a status of bench.records.record.STATUSES and one
        sentence.
    """
    if ending.ended_by in FORCED:
        status, reason = FORCED[ending.ended_by]
        return status, reason.format(seconds=seconds, memory=memory / 2**20)
    if ending.ended_by == "forkserver":
        return ("crashed", TOOK_IT_ALONG) if ending.walls else ("infra", LOST_IT)
    if ending.report is None:
        return _death(ending)
    error = ending.report.get("error")
    if error is None:
        return "ok", ""
    return claimed(error, memory, trusted=not ending.walls)


FORCED = {
    "deadline": ("timeout", "was stopped at its deadline of {seconds:g} s"),
    "memory": ("out_of_memory", "was stopped at its memory cap of {memory:.0f} MiB"),
    "processes": ("crashed", f"was stopped because it had more than {PROCESSES} processes"),
    "scratch": (
        "crashed",
        "was stopped because its scratch folder held more than {memory:.0f} MiB or "
        f"{SCRATCH_FILES} files",
    ),
}
"""How a child is ended by its parent, and what that makes of it."""

LOST_IT = "the process that all others come from was lost again and again"
TOOK_IT_ALONG = (
    "the process that all others come from was stopped or ended each time that this method ran, "
    "even alone"
)


def claimed(error: Error, memory: float = 0, trusted: bool = False) -> tuple[str, str]:
    """Status and reason of an error that a child reported.

    Args:
        memory: the cap that it ran under.
        trusted: whether no method's code has run in it.
    """
    kind = sentence(str(error.get("type")))
    message = sentence(str(error.get("message")))
    if any(words in message for words in ALLOCATION):
        kind = "MemoryError"
    if trusted and any(words in message for words in NO_ROOM):
        return "infra", no_room(message)
    status = (TRUSTED_CLAIMS if trusted else CLAIMS).get(kind, "crashed")
    if status == "out_of_memory":
        return status, f"asked for more than its memory cap of {memory / 2**20:.0f} MiB"
    return status, message if status != "crashed" else f"{kind}: {message}"


def no_room(why: str) -> str:
    """The sentence for files that could not be written."""
    return f"its files could not be written ({why}). {MAKE_ROOM}"


def overruled(status: str, reason: str, spent: Spent) -> tuple[str, str]:
    """Status and reason of a run, its meter heard: what it refused stands, whatever came after.

    A method that catches the refusal and goes on is over its budget all the same.
    """
    if spent["wrong"]:
        return "invalid", sentence(spent["wrong"])
    if spent["refused"] and status != "over_budget":
        return "over_budget", sentence(spent["refused"])
    return status, reason


def _death(ending: Ending) -> tuple[str, str]:
    code = ending.exit_code
    if code is None:
        return "infra", "its process was lost"
    if code == -signal.SIGKILL and ending.killed_for_room:
        return (
            "infra",
            "the kernel killed its process, because the machine had no memory left",
        )
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return "crashed", f"its process died of {name}"
    return "crashed", f"its process left with exit code {code} before it returned"
