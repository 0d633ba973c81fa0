"""Child processes: forked from a warm forkserver, watched, and ended.

Here: one call that runs a request in a child and tells how it ended, whatever the child does:
it may end, raise, die, print without end, outlive its deadline or outgrow its memory. The
forkserver has torch loaded, so a child costs a fork and not an import.
Not here: what the child does (bench.running.worker), what its ending means (bench.running.outcome).
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import selectors
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from types import ModuleType

import psutil

from bench.catalogue.modules import ROOT, locate
from bench.running import child_report as report
from bench.running.tracing import note
from bench.running.worker import Request, child_main

LOG_BYTES = 8_000
"""How much of a child's last words is kept."""

PIPE_BYTES = 2**20
"""What a pipe holds: a child that prints much waits the less for its parent to read."""

REPORT_BYTES = 64 * 2**20
"""How much of what comes through the report's pipe is kept; no honest report is near it."""

TICK = 0.05
"""Seconds between two looks at a child's memory and at the request to stop."""

FAMILY_TICK = 0.5
"""Seconds between two looks at the memory of what a child started."""

PAGE = os.sysconf("SC_PAGE_SIZE")

GRACE = 1.0
"""Seconds between SIGTERM and SIGKILL."""

THREADS = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
}

STOPPED: set[str] = set()
"""Names of the benches that were interrupted: their children are ended, without a record."""

_starting = threading.Lock()
"""Guards multiprocessing's list of children, which isn't made for several threads, and `_live`."""

_live: set[int] = set()
"""The children that are watched; whatever else the forkserver has as a child is an orphan."""


@dataclass
class Ending:
    """How a child ended.

    Attributes:
        report: what it sent, or None where it died before.
        exit_code: as `subprocess` gives it: negative for a signal.
        log: the tail of what it printed.
        ended_by: `itself`, `deadline`, `memory` or `stop`.
        seconds: its wall time, from the fork.
        peak_memory: the most that was seen from outside, in bytes above its start.
    """

    report: report.ChildReport | None
    exit_code: int | None
    log: str
    ended_by: str
    seconds: float
    peak_memory: int


def warm_up(modules: Iterable[str]) -> None:
    """Start the forkserver with those modules loaded. Later calls change nothing.

    A suite from elsewhere is left to the children, where an error in it becomes a record; each of
    them starts with this process's `sys.path`.
    """
    own = [module for module in modules if locate(module).root == ROOT]
    os.environ.update({name: os.environ.get(name, value) for name, value in THREADS.items()})
    path = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = f"{ROOT}{os.pathsep}{path}" if path else str(ROOT)
    try:
        multiprocessing.get_context("forkserver").set_forkserver_preload(
            ["bench.running.forkserver", *own]
        )
        forkserver.ensure_running()
    finally:
        if path is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = path


def run_child(request: Request, deadline: float, memory: int, bench: str = "") -> Ending:
    """Do a request in a child process, and see it ended.

    Args:
        request: what bench.running.worker shall do.
        deadline: seconds of wall time until it is terminated, and killed soon after.
        memory: bytes that it and its own children may take above what it starts with.
        bench: whose work it is; it is ended when that name is put into STOPPED.
    """
    context = multiprocessing.get_context("forkserver")
    results, results_end = context.Pipe(duplex=False)
    log, log_end = context.Pipe(duplex=False)
    with suppress(OSError):  # refused where the user's pipes are many already
        fcntl.fcntl(log.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    with _starting, _as_a_plain_parent():
        process = context.Process(target=child_main, args=(request, results_end, log_end, memory))
        process.start()  # waits for the forkserver, which may still be importing torch
        _live.add(process.pid or 0)
    started = time.perf_counter()
    results_end.close()
    log_end.close()
    watch = _Watch(process, results, log, started, deadline, memory, bench)
    try:
        watch.until_ended()
    finally:
        watch.end_all()
        results.close()
        log.close()
    with _starting:
        process.join()
        code = process.exitcode
        process.close()
        _live.discard(watch.pid)
        _end_orphans()
    report = watch.report()
    note(report.get("ran", []) if report else [])
    return Ending(
        report=report,
        exit_code=code,
        log=watch.log_tail(),
        ended_by=watch.ended_by,
        seconds=time.perf_counter() - started,
        peak_memory=watch.peak,
    )


@contextmanager
def _as_a_plain_parent() -> Iterator[None]:
    """Start a child as a plain program would, wherever this runs.

    multiprocessing has each child run the program's own script again, e.g. `dask worker`'s, which
    takes longer than the fork; and it lets no daemonic process have children, which dask's nanny
    makes its workers. Our children need nothing of the script, and end with their parent anyway.
    """
    config = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    script, daemon = sys.modules["__main__"], config.get("daemon")
    sys.modules["__main__"], config["daemon"] = ModuleType("__main__"), False
    try:
        yield
    finally:
        sys.modules["__main__"], config["daemon"] = script, daemon


def _end_orphans() -> None:
    """Kill what ended children have left behind, in whatever session it hides.

    The forkserver adopts them (bench.running.forkserver), so they are those of its children that
    nobody watches. Called with `_starting` held: no child is on its way then.
    """
    server = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
    until = time.monotonic() + GRACE
    while server and time.monotonic() < until:
        orphans = [p for p in _children(server) if p not in _live]
        for pid in orphans:
            _signal([*_descendants(pid), *_existing(pid)], signal.SIGKILL)
        if not orphans:
            return
        time.sleep(0.001)  # until the forkserver has seen them off


def _children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children", "rb") as file:
            return [int(child) for child in file.read().split()]
    except FileNotFoundError:  # a kernel built without that file
        return [process.pid for parent in _existing(pid) for process in parent.children()]


class _Watch:
    """One child being watched: its pipes, its clock, its memory."""

    def __init__(
        self,
        process: ForkServerProcess,
        results: Connection,
        log: Connection,
        started: float,
        deadline: float,
        memory: int,
        bench: str,
    ) -> None:
        self.bench = bench
        self.process = process
        self.pid = process.pid or 0
        self.results, self.log = results, log
        self.deadline = started + deadline
        self.memory = memory
        self.peak = 0
        self.ended_by = "itself"
        self._received = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._base = _resident(self.pid)
        self._others = 0
        self._next_family = started + FAMILY_TICK

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
                while self._read(name):
                    pass
            except BlockingIOError:
                pass

    def _must_go(self) -> str:
        if self.bench in STOPPED:
            return "stop"
        if time.perf_counter() > self.deadline:
            return "deadline"
        used = self._memory_used()
        self.peak = max(self.peak, used - self._base)
        return "memory" if used - self._base > self.memory else ""

    def _memory_used(self) -> int:
        """Resident bytes of the child, and now and then of all that it started too."""
        used = _resident(self.pid)
        now = time.perf_counter()
        if now > self._next_family:
            self._next_family = now + FAMILY_TICK
            self._others = sum(_share(p) for p in _descendants(self.pid))
        return used + self._others

    def end_all(self) -> None:
        """Leave nothing of the child behind, nor of what it started."""
        pid = self.pid
        if self.ended_by != "itself":
            family = [*_existing(pid), *_descendants(pid)]
            _signal(family, signal.SIGTERM)
            psutil.wait_procs(family, timeout=GRACE)
            _signal([*family, *_descendants(pid)], signal.SIGKILL)
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)  # whatever is left of its process group

    def report(self) -> report.ChildReport | None:
        """The child's report. Connection.send_bytes puts the length before it."""
        return report.read(bytes(self._received[4:]))

    def log_tail(self) -> str:
        """The last of what it printed."""
        text = b"".join(self._tail)[-LOG_BYTES:].decode(errors="replace")
        return "".join(c for c in text if c.isprintable() or c in "\n\t")


def _resident(pid: int) -> int:
    """Resident bytes of a process; 0 where it is gone."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def _share(process: psutil.Process) -> int:
    """A process's share of memory: a page that n processes have in common counts 1/n."""
    try:
        share: int = process.memory_full_info().pss
    except psutil.Error:
        return 0
    return share


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def _existing(pid: int) -> list[psutil.Process]:
    """The process of that number, or none."""
    try:
        return [psutil.Process(pid)]
    except psutil.Error:
        return []


def _signal(processes: list[psutil.Process], number: int) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.Error:
            continue
