"""A child process from its fork to its end: set up, walled in, and telling what came of it.

Here: what surrounds the work: its own session, its log, its limits, the walls before a method's
code is loaded, and two frames through a pipe to the parent. The first says which walls stand, and
is sent before any of the method's code has run; the second is a claim of a process that the method
had in its hands. Not here: the work (bench.running.worker), forking, deadlines and killing
(bench.running.children), statuses (bench.running.outcome).
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
import tempfile
import traceback
from contextlib import suppress
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.catalogue.modules import ROOT
from bench.running import walls
from bench.running.syscalls import PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG
from bench.running.tracing import follow
from bench.running.worker import MethodSource, Request, perform, set_up_torch

MESSAGE_LENGTH = 1000
"""Characters of an error's message that are sent."""


def child_main(request: Request, results: Connection, log: Connection, memory: int) -> None:
    """The child's whole life: set up, do what was asked, report, leave.

    Args:
        request: what to do.
        results: where the frames go, as JSON bytes.
        log: what the process prints goes here.
        memory: bytes that it may take on top of what it starts with.
    """
    os.setsid()
    _die_with_the_coordinator()
    _let_go_of_the_resource_tracker()
    for stream in (1, 2):
        os.dup2(log.fileno(), stream)
    log.close()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdout = os.fdopen(1, "w", buffering=1, errors="replace", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="replace", closefd=False)

    def close(method: MethodSource, folder: str) -> None:
        standing = _wall_in(method, Path(folder), results.fileno())
        results.send_bytes(json.dumps({"walls": standing}).encode())

    report: dict[str, Any] = {}
    follower = follow()
    start_memory = _status_bytes("VmRSS")
    try:
        _set_limits(memory)
        set_up_torch(request)
        report.update(perform(request, report, close))
    except BaseException as error:
        report["error"] = described(error)
        with suppress(BaseException):  # an error may refuse to be printed
            traceback.print_exc()
    if follower is not None:
        report["ran"] = follower.ran()
    report["peak_memory"] = max(0, _status_bytes("VmHWM") - start_memory)
    with suppress(BaseException):
        sys.stdout.flush()
        sys.stderr.flush()
    results.send_bytes(json.dumps(report).encode())
    os._exit(0)  # don't wait for threads that a method left behind


def described(error: BaseException) -> dict[str, str]:
    """An error as it is reported; one that can't say what it is has its type's name."""
    kind = type(error)
    try:
        text = " ".join(str(error).split())
    except BaseException:
        text = ""
    return {
        "type": str(kind.__name__),
        "module": str(kind.__module__),
        "message": text[:MESSAGE_LENGTH] or str(kind.__name__),
    }


def _wall_in(method: MethodSource, scratch: Path, results: int) -> str:
    """Leave the method its scratch and what it may read, and say which walls stand."""
    temporary = scratch / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
    file, root = Path(method.path), Path(method.root)
    packages = [folder for folder in file.parents if folder.is_relative_to(root)]
    readable = tuple(map(Path, method.readable))
    searched = [f for f in map(Path, sys.path) if not any(map(f.is_relative_to, readable))]
    opened = walls.open_in_part(readable, (ROOT, root, *searched))
    for folder in dict.fromkeys((ROOT, *packages, *searched, *opened)):
        walls.remember_listing(folder)
    _close_files(kept={0, 1, 2, results})
    return walls.put_up(readable, [scratch])


def _close_files(kept: set[int]) -> None:
    """Close what the forkserver had open: a file that is open stays within reach."""
    for number in map(int, os.listdir("/proc/self/fd")):
        if number not in kept:
            with suppress(OSError):  # the listing's own
                os.close(number)


def _die_with_the_coordinator() -> None:
    """Be killed when the bench is, even by `kill -9`.

    The forkserver leaves when nobody holds its lifeline any more, so the child lets go of the
    copy that multiprocessing hands it; and the kernel kills the child when the forkserver leaves.
    """
    lifeline = getattr(forkserver._forkserver, "_forkserver_alive_fd", None)
    if lifeline is not None:
        os.close(lifeline)
        forkserver._forkserver._forkserver_alive_fd = None  # type: ignore[attr-defined]
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)  # daemons that it starts stay in sight


def _let_go_of_the_resource_tracker() -> None:
    """Close the pipe to the bench's resource tracker, which anything written to it upsets.

    A method that shares memory between processes of its own gets a tracker of its own.
    """
    tracker = resource_tracker._resource_tracker
    if tracker._fd is not None:  # type: ignore[attr-defined]
        os.close(tracker._fd)  # type: ignore[attr-defined]
        tracker._fd = None  # type: ignore[attr-defined]


def _set_limits(memory: int) -> None:
    """Cap private memory; the parent watches what this misses."""
    cap = _status_bytes("VmData") + memory
    _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (cap, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _status_bytes(name: str) -> int:
    """A line of /proc/self/status, in bytes; 0 where there is none."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
