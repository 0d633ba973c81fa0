"""Child processes: forked from a warm forkserver, watched, and ended.

Here: one call that runs a request in a child and tells how it ended, whatever the child does:
it may end, raise, die, print without end, outlive its deadline or outgrow its memory, and take
the forkserver with it. Not here: what the child does (bench.running.worker), the forkserver
(bench.running.launching), watching (bench.running.watch), what an ending means
(bench.running.outcome).
"""

from __future__ import annotations

import fcntl
import multiprocessing
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.running import child_report as report
from bench.running.child import child_main
from bench.running.launching import ServerLost, Turns, launch, settle, warm_up
from bench.running.text import cleaned
from bench.running.tracing import note
from bench.running.watch import PIPE_BYTES, STOPPED, Limits, WatchedChild
from bench.running.worker import Request

__all__ = ["STOPPED", "Ending", "Limits", "run_child", "warm_up"]

TRIES = 3
"""How often a request is tried whose forkserver is lost; all but the first time it runs alone, so
that a child that takes the forkserver away does it to nobody else, and is known by it."""

_turns = Turns()


@dataclass
class Ending:
    """How a child ended.

    Attributes:
        walls: what it said of its walls before it loaded a method's code; "" where it never did,
            so that none but our own code has run in it.
        report: what it sent in the end, or None where it died before, or sent something else.
        exit_code: as `subprocess` gives it: negative for a signal.
        log: the tail of what it printed.
        ended_by: `itself`, `deadline`, `memory`, `processes`, `scratch`, `stop` or `forkserver`.
        seconds: its wall time, since it said `walls` or else from the fork.
        cpu_seconds: seen from outside, of it and of all that it started, since it said `walls`.
        peak_memory: the most that was seen from outside, in bytes above its start.
        killed_for_room: whether the kernel killed a process meanwhile because memory was short.
    """

    walls: str
    report: report.ChildReport | None
    exit_code: int | None
    log: str
    ended_by: str
    seconds: float
    cpu_seconds: float = 0.0
    peak_memory: int = 0
    killed_for_room: bool = False


def run_child(request: Request, limits: Limits) -> Ending:
    """Do a request in a child process, and see it ended.

    Args:
        request: what bench.running.worker shall do.
        limits: what it runs under.
    """
    for number in range(TRIES):
        if number and limits.scratch:
            shutil.rmtree(limits.scratch, ignore_errors=True)
            Path(limits.scratch).mkdir(parents=True, exist_ok=True)
        with _turns.alone() if number else _turns.beside_others():
            ending = _try(request, limits)
        if ending.ended_by != "forkserver":
            break
    return ending


def _try(request: Request, limits: Limits) -> Ending:
    context = multiprocessing.get_context("forkserver")
    results, results_end = context.Pipe(duplex=False)
    log, log_end = context.Pipe(duplex=False)
    kills = _kills_for_room()
    started = time.perf_counter()
    try:
        with suppress(OSError):  # refused where the user's pipes are many already
            fcntl.fcntl(log.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        process, server = launch(child_main, (request, results_end, log_end, limits.memory))
        results_end.close()
        log_end.close()
        started = time.perf_counter()
        watch = WatchedChild(process, results, log, started, limits, server)
        try:
            watch.until_ended()
        finally:
            seconds = time.perf_counter() - watch.opened
            watch.end_all()
            code = settle(process, server)
    except ServerLost as error:
        return Ending("", None, None, str(error), "forkserver", time.perf_counter() - started)
    finally:
        for end in (results, log, results_end, log_end):
            end.close()
    walls, reported = report.read(watch.frames())
    note(reported.get("ran", []) if reported else [])
    lost = watch.ended_by == "itself" and code is None
    return Ending(
        walls=walls,
        report=reported,
        exit_code=code,
        log=cleaned(watch.log_tail(), lines=True),
        ended_by="forkserver" if lost else watch.ended_by,
        seconds=seconds,
        cpu_seconds=max(0.0, watch.clock.seconds - watch.cpu_before),
        peak_memory=watch.peak,
        killed_for_room=_kills_for_room() > kills,
    )


def _kills_for_room() -> int:
    """How many processes the kernel has killed so far because memory was short."""
    with suppress(OSError, ValueError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0
