"""One child being watched: its pipes, its clock, its memory, its processes, its scratch.

Here: reading what it sends and prints until it is gone or must go, and ending all of it.
Not here: starting it (bench.running.children), what its ending means (bench.running.outcome).
"""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

import psutil

from bench.running import child_report
from bench.running.cpu import CpuClock
from bench.running.launching import Server
from bench.running.processes import ENDED, descendants, existing, resident, send, share, status

LOG_BYTES = 8_000
"""How much of a child's last words is kept."""

PIPE_BYTES = 2**20
"""What a pipe holds: a child that prints much waits the less for its parent to read."""

REPORT_BYTES = 64 * 2**20
"""How much of what comes through the report's pipe is kept; no honest report is near it."""

TICK = 0.05
"""Seconds between two looks at a child's memory and time, and at the request to stop."""

FAMILY_TICK = 0.5
"""Seconds between two looks at the memory of what a child started, and at its scratch."""

PROCESSES = 256
"""How many processes a child may start and have at one time."""

SCRATCH_FILES = 10_000
"""How many files and folders its scratch may hold; its bytes are bounded by its memory's cap."""

PATIENCE = 10.0
"""Seconds after a child's end in which the forkserver must have told of it."""

GRACE = 1.0
"""Seconds between SIGTERM and SIGKILL."""

STOPPED: set[str] = set()
"""Names of the benches that were interrupted: their children are ended, without a record."""


@dataclass(frozen=True)
class Limits:
    """What a child runs under.

    Attributes:
        seconds: of wall time until it is terminated, and killed soon after.
        memory: bytes that it and its own children may take above what it starts with.
        bench: whose work it is; it is ended when that name is put into STOPPED.
        scratch: the folder that it may write, "" for none that is watched.
    """

    seconds: float
    memory: int
    bench: str = ""
    scratch: str = ""


class WatchedChild:
    """One child being watched.

    Attributes:
        ended_by: `itself`, `deadline`, `memory`, `processes`, `scratch`, `stop`, or `forkserver`
            where that was lost.
        peak: the most memory that was seen, in bytes above its start.
    """

    def __init__(
        self,
        process: ForkServerProcess,
        results: Connection,
        log: Connection,
        started: float,
        limits: Limits,
        server: Server,
    ) -> None:
        self.process = process
        self.pid = process.pid or 0
        self.results, self.log = results, log
        self.limits = limits
        self.peak = 0
        self.ended_by = "itself"
        self.clock = CpuClock(self.pid)
        self.cpu_before = 0.0
        self.opened = started
        self._server = server
        self._deadline = started + limits.seconds
        self._received = bytearray()
        self._opened = False
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._base = resident(self.pid)
        self._others = 0
        self._next_family = started + FAMILY_TICK
        self._gone_since = 0.0

    def until_ended(self) -> None:
        """Read the pipes until the child is gone or must go."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.sentinel, selectors.EVENT_READ, "end")
            selector.register(self.results.fileno(), selectors.EVENT_READ, "results")
            selector.register(self.log.fileno(), selectors.EVENT_READ, "log")
            while True:
                ready = {key.data: key for key, _ in selector.select(TICK)}
                for name in ("log", "results"):
                    if name in ready and not self._read(name):
                        selector.unregister(ready[name].fd)
                if "end" in ready:
                    self._drain()
                    return
                reason = self._must_go()
                if reason:
                    self.ended_by = reason
                    return

    def _read(self, name: str) -> bool:
        """Take what a pipe holds; False at its end."""
        connection = self.results if name == "results" else self.log
        chunk = os.read(connection.fileno(), PIPE_BYTES)
        if name == "results":
            if len(self._received) < REPORT_BYTES:
                self._received += chunk
            if not self._opened and child_report.frames(self._received):
                self._opened = True  # from now on its time is a method's
                self.cpu_before = self.clock.look()
                self.opened = time.perf_counter()
        elif chunk:
            self._tail.append(chunk)
            self._tail_bytes += len(chunk)
            while self._tail_bytes - len(self._tail[0]) >= LOG_BYTES:
                self._tail_bytes -= len(self._tail.popleft())
        return bool(chunk)

    def _drain(self) -> None:
        """What is still in the pipes; a grandchild may hold them open, so without waiting."""
        for name in ("log", "results"):
            connection = self.results if name == "results" else self.log
            os.set_blocking(connection.fileno(), False)
            try:
                until = time.perf_counter() + GRACE  # one that goes on writing is not waited for
                while self._read(name) and time.perf_counter() < until:
                    pass
            except BlockingIOError:
                pass

    def _must_go(self) -> str:
        now = time.perf_counter()
        if self.limits.bench in STOPPED:
            return "stop"
        if self._server.is_stopped() or self._is_gone_unsaid(now):
            self._server.end()
            return "forkserver"
        self.clock.look()
        if now > self._deadline:
            return "deadline"
        if now > self._next_family:
            self._next_family = now + FAMILY_TICK
            reason = self._look_around()
            if reason:
                return reason
        used = resident(self.pid) + self._others - self._base
        self.peak = max(self.peak, used)
        return "memory" if used > self.limits.memory else ""

    def _is_gone_unsaid(self, now: float) -> bool:
        """Whether it has ended for a while and the forkserver doesn't say so: that one hangs."""
        seen = status(self.pid)
        if seen and seen.state not in ENDED:
            self._gone_since = 0.0
            return False
        self._gone_since = self._gone_since or now
        return now - self._gone_since > PATIENCE

    def _look_around(self) -> str:
        """What it started, and what it wrote."""
        family = descendants(self.pid, PROCESSES)
        if len(family) > PROCESSES:
            return "processes"
        self._others = sum(share(pid) for pid in family)
        if self.limits.scratch and is_overfull(self.limits.scratch, self.limits.memory):
            return "scratch"
        return ""

    def end_all(self) -> None:
        """Leave nothing of the child behind, nor of what it started."""
        pid = self.pid
        family = existing(*dict.fromkeys([pid, *descendants(pid, PROCESSES), *self.clock.known()]))
        if self.ended_by != "itself":
            send(family, signal.SIGTERM)
            psutil.wait_procs(family, timeout=GRACE)
            family += existing(*descendants(pid, PROCESSES))
        until = time.perf_counter() + GRACE
        while family and time.perf_counter() < until:  # the killed may have started more meanwhile
            send(family, signal.SIGKILL)
            family = existing(*descendants(pid, PROCESSES))
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)  # whatever is left of its process group

    def frames(self) -> list[bytes]:
        """What it sent, frame by frame."""
        return child_report.frames(self._received)

    def log_tail(self) -> str:
        """The last of what it printed."""
        return b"".join(self._tail)[-LOG_BYTES:].decode(errors="replace")


def is_overfull(folder: str, most: int) -> bool:
    """Whether a folder's files take more than that many bytes, or are too many."""
    count = taken = 0
    waiting = [folder]
    while waiting and count <= SCRATCH_FILES and taken <= most:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                count += 1
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                with suppress(OSError):
                    taken += entry.stat(follow_symlinks=False).st_blocks * 512
                if count > SCRATCH_FILES:
                    break
    return count > SCRATCH_FILES or taken > most
