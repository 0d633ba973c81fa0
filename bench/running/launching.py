"""Starting children from the forkserver, and replacing one that doesn't answer.

Here: the forkserver's life as seen from the bench. It has torch loaded, so a child costs a fork and
not an import. Whatever stops, kills or hangs it costs the jobs that ran by it a second try, and
nothing else waits for it longer than a while. Not here: watching a child (bench.running.watch),
what the forkserver loads (bench.running.forkserver).
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from types import ModuleType
from typing import Any

from bench.catalogue.modules import ROOT, locate, search_path
from bench.running.processes import (
    ENDED,
    SUSPENDED,
    children,
    descendants,
    existing,
    send,
    status,
)

THREADS = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
}

NO_GPU = {"CUDA_VISIBLE_DEVICES": ""}
"""Runs compute on the CPU, whatever the machine has. Where torch sees a GPU, its first gradient
starts a thread for each; the forkserver takes that gradient (bench.metering.compiler), and none of
its children could take another."""

ANSWER_SECONDS = 120.0
"""How long a forkserver may take to give a child; a new one imports torch first."""

LOOK = 0.5
"""Seconds between two looks at one that is asked for a child."""

END_SECONDS = 5.0
"""How long a killed process may take to be gone, and orphans to be seen off."""

FAMILY = 10_000
"""Processes that are looked for below one, at most."""

_starting = threading.Lock()
"""Guards multiprocessing's list of children, which isn't made for several threads, and `_live`."""

_live: set[int] = set()
"""The children that are watched; whatever else the forkserver has as a child is an orphan."""

_modules: list[str] = []
"""What a forkserver loads, in the first one and in those that replace it."""


class ServerLost(Exception):
    """The forkserver was stopped, killed or hung before it gave a child."""


@dataclass(frozen=True)
class Server:
    """One forkserver: its process's number, and when it was started."""

    pid: int
    started: int

    @classmethod
    def now(cls) -> Server:
        """The one that runs now."""
        pid = forkserver._forkserver._forkserver_pid or 0  # type: ignore[attr-defined]
        seen = status(pid)
        return cls(pid, seen.started if seen else 0)

    def is_stopped(self) -> bool:
        """Whether somebody has stopped it: it will answer nothing until it is sent SIGCONT."""
        seen = status(self.pid)
        return bool(seen and seen.started == self.started and seen.state in SUSPENDED)

    def is_lost(self) -> bool:
        """Whether it lives no more."""
        seen = status(self.pid)
        return not seen or seen.started != self.started or seen.state in ENDED

    def end(self) -> None:
        """Kill it and all that came from it, where it is alive."""
        if self.is_lost():
            return
        family = existing(*descendants(self.pid, FAMILY))
        send(existing(self.pid), signal.SIGKILL)
        send(family, signal.SIGKILL)
        until = time.monotonic() + END_SECONDS
        while not self.is_lost() and time.monotonic() < until:
            time.sleep(0.01)


def warm_up(modules: Iterable[str]) -> None:
    """Start the forkserver with those modules loaded. Later calls change nothing while it lives.

    A suite from elsewhere is left to the children, where an error in it becomes a record; each of
    them starts with this process's `sys.path`. What takes longest of what its harness may want
    loaded (bench.metering.compiler) is loaded all the same.
    """
    os.environ.update({name: os.environ.get(name, value) for name, value in THREADS.items()})
    os.environ.update(NO_GPU)
    if not _modules:
        wanted = list(modules)
        own = [module for module in wanted if locate(module).root == ROOT]
        late = ["torch._dynamo"] if len(own) < len(wanted) else []
        _modules.extend(["bench.running.forkserver", *late, *own])
    path = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = search_path()
    try:
        multiprocessing.get_context("forkserver").set_forkserver_preload(_modules)
        forkserver.ensure_running()
    finally:
        if path is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = path


def launch(
    target: Callable[..., None], arguments: tuple[Any, ...]
) -> tuple[ForkServerProcess, Server]:
    """Have the forkserver give a child that calls the target.

    Raises:
        ServerLost: it was stopped, killed or doesn't answer; the next call has another.
    """
    context = multiprocessing.get_context("forkserver")
    with _starting, _as_a_plain_parent():
        warm_up(())
        server = Server.now()
        process = context.Process(target=target, args=arguments)
        with _ended_unless_it_answers(server):
            try:
                process.start()
            except (OSError, EOFError) as error:
                server.end()
                raise ServerLost(f"{type(error).__name__}: {error}") from None
        _live.add(process.pid or 0)
    return process, server


def settle(process: ForkServerProcess, server: Server) -> int | None:
    """The exit code of a child that was ended; None where it was lost with its forkserver."""
    pid = process.pid or 0
    with _starting:
        process.join(END_SECONDS)
        if process.exitcode is None:  # the forkserver doesn't tell
            server.end()
            process.join(END_SECONDS)
        code = process.exitcode
        with suppress(ValueError):
            process.close()
        _live.discard(pid)
        end_orphans()
    return None if server.is_lost() else code


def end_orphans() -> None:
    """Kill what ended children have left behind, in whatever session it hides.

    The forkserver adopts them (bench.running.forkserver), so they are those of its children that
    nobody watches. Called with `_starting` held: no child is on its way then.
    """
    server = Server.now().pid
    until = time.monotonic() + END_SECONDS
    while server and time.monotonic() < until:
        orphans = [pid for pid in children(server) if pid not in _live]
        for pid in orphans:
            send(existing(*descendants(pid, FAMILY), pid), signal.SIGKILL)
        if not orphans:
            return
        time.sleep(0.001)  # until the forkserver has seen them off


@contextmanager
def _ended_unless_it_answers(server: Server) -> Iterator[None]:
    """End the forkserver if the block takes too long, so that waiting for it ends in an error."""
    answered = threading.Event()

    def guard() -> None:
        until = time.monotonic() + ANSWER_SECONDS
        while not answered.wait(LOOK):
            if server.is_stopped() or time.monotonic() > until:
                server.end()
                return

    thread = threading.Thread(target=guard, daemon=True)
    thread.start()
    try:
        yield
    finally:
        answered.set()
        thread.join()


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


class Turns:
    """Who may run beside whom: many side by side, or one alone."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._waiting = 0
        self._alone = False

    @contextmanager
    def beside_others(self) -> Iterator[None]:
        """Run among others, once nobody runs alone or waits to."""
        with self._changed:
            self._changed.wait_for(lambda: not self._alone and not self._waiting)
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Run once all others have ended, and have them wait."""
        with self._changed:
            self._waiting += 1
            self._changed.wait_for(lambda: not self._alone and not self._running)
            self._waiting -= 1
            self._alone = True
        try:
            yield
        finally:
            with self._changed:
                self._alone = False
                self._changed.notify_all()
