"""What a child process does: build an asset, solve a job, or score it.

Here: the code that runs after the fork. It sets the process up (one thread, deterministic
algorithms, memory cap, its own session), loads the assets, calls the suite, and reports plain
JSON through a pipe. What it reports is a claim: the parent decides the status.
Not here: forking, deadlines and killing (bench.running.children), statuses (bench.running.outcome).
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.contract.asset import Asset
from bench.contract.job import Job, Output, Run, seed_of
from bench.metering.budget import Counter
from bench.records.assets import load, save, shipped_file
from bench.running.scorer import ScoreRequest, score_runs
from bench.running.tracing import follow

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
"""Linux's prctl options: the signal that a process gets when its parent ends; whether a process
becomes the parent of descendants that have lost theirs."""

MESSAGE = 1000
"""Characters of an error's message that are reported."""

ANSWERS = "answers"
"""Assets whose name starts so hold what only scoring may read."""


@dataclass(frozen=True)
class MethodSource:
    """Where a method's function stands, so that a child can import it."""

    path: str
    root: str
    function: str


@dataclass(frozen=True)
class BuildRequest:
    """Build one asset into a folder; `inputs` are the folders of its inputs, by name.

    `root` is the repository, where shipped assets lie.
    """

    asset: Asset
    inputs: dict[str, str]
    folder: str
    root: str = ""


@dataclass(frozen=True)
class SolveRequest:
    """Run a method on the runs of one job; outputs go to `folder`/<index>."""

    harness: str
    method: MethodSource
    counters: tuple[Counter, ...]
    runs: tuple[Run, ...]
    assets: tuple[dict[str, str], ...]
    folder: str


Request = BuildRequest | SolveRequest | ScoreRequest


def child_main(request: Request, results: Connection, log: Connection, memory: int) -> None:
    """The child's whole life: set up, do what was asked, report, leave.

    Args:
        request: what to do.
        results: where the report goes, as JSON bytes.
        log: what the process prints goes here.
        memory: bytes that it may take on top of what it starts with.
    """
    os.setsid()
    _die_with_the_coordinator()
    _let_go_of_the_resource_tracker()
    for stream in (1, 2):
        os.dup2(log.fileno(), stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdout = os.fdopen(1, "w", buffering=1, errors="replace", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="replace", closefd=False)
    report: dict[str, Any] = {}
    follower = follow()
    start_memory = _status_bytes("VmRSS")
    try:
        _set_limits(memory)
        _set_up_torch(request)
        report.update(_dispatch(request, report))
    except BaseException as error:
        report["error"] = {
            "type": type(error).__name__,
            "module": type(error).__module__,
            "message": _message(error),
        }
        traceback.print_exc()
    if follower is not None:
        report["ran"] = follower.ran()
    report["peak_memory"] = max(0, _status_bytes("VmHWM") - start_memory)
    sys.stdout.flush()
    sys.stderr.flush()
    results.send_bytes(json.dumps(report).encode())
    os._exit(0)  # don't wait for threads that a method left behind


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


def _dispatch(request: Request, report: dict[str, Any]) -> dict[str, Any]:
    if isinstance(request, BuildRequest):
        return _build(request)
    if isinstance(request, SolveRequest):
        return _solve(request, report)
    return _score(request)


def _build(request: BuildRequest) -> dict[str, Any]:
    asset = request.asset
    given: Any = {name: load(Path(folder)) for name, folder in request.inputs.items()}
    if asset.shipped:
        given = shipped_file(asset.shipped, Path(request.root))
    with _clock() as spent:
        output = _named(asset.builder)(asset.arguments, given)
    save(output, Path(request.folder))
    return spent


def _solve(request: SolveRequest, report: dict[str, Any]) -> dict[str, Any]:
    from bench.metering.meter import Meter

    harness = import_module(request.harness)
    call = _import_method(request.method)
    meters = [Meter(run.budget, request.counters) for run in request.runs]
    assets = [
        {n: load(Path(f)) for n, f in folders.items() if not n.startswith(ANSWERS)}
        for folders in request.assets
    ]
    job = Job(list(request.runs), list(assets), meters, call)
    os.chdir(request.folder)  # what a method writes beside itself goes with the run
    spent: dict[str, Any] = {}
    try:
        with _clock() as spent:
            outputs = harness.solve(job)
    finally:
        report.update(spent)
        report["meters"] = [_spent(meter) for meter in meters]
    if len(outputs) != len(request.runs):
        raise RuntimeError(
            f"{request.harness}.solve gave {len(outputs)} outputs for {len(request.runs)} runs"
        )
    for index, output in enumerate(outputs):
        save(output, Path(request.folder) / str(index), durable=False)
    return {}


def _score(request: ScoreRequest) -> dict[str, Any]:
    with _clock() as spent:
        scored = score_runs(request)
    return scored | spent


def _import_method(source: MethodSource) -> Callable[..., Any]:
    """Import a method's module by its place under its root."""
    path, root = Path(source.path), Path(source.root)
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    *packages, name = path.relative_to(root).with_suffix("").parts
    if packages:  # a suite from elsewhere may be a package of the same name, in another folder
        search = import_module(packages[0]).__path__
        if str(root / packages[0]) not in search:
            search.append(str(root / packages[0]))
    module = import_module(".".join([*packages, name]))
    function: Callable[..., Any] = getattr(module, source.function)
    return function


def _named(place: str) -> Callable[..., Output]:
    module, _, function = place.partition(":")
    found: Callable[..., Output] = getattr(import_module(module), function)
    return found


def _spent(meter: Any) -> dict[str, Any]:
    return {
        "counts": meter.spent,
        "flops_by": meter.flops_by,
        "refused": meter.refused[:MESSAGE],
        "wrong": meter.wrong[:MESSAGE],
    }


@contextmanager
def _clock() -> Iterator[dict[str, Any]]:
    """Wall and CPU seconds of the block, the CPU time of its child processes included."""
    spent: dict[str, Any] = {}
    wall, cpu = time.perf_counter(), _cpu_seconds()
    try:
        yield spent
    finally:
        spent["seconds"] = time.perf_counter() - wall
        spent["cpu_seconds"] = _cpu_seconds() - cpu


def _cpu_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _set_limits(memory: int) -> None:
    """Cap private memory; the parent watches what this misses."""
    cap = _status_bytes("VmData") + memory
    _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (cap, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _set_up_torch(request: Request) -> None:
    """One thread, deterministic algorithms, and the global generators seeded.

    The suites draw from generators of their own; the global ones are seeded so that a method
    that forgets to is still repeatable.
    """
    import numpy
    import torch

    seed = _seed(request)
    torch.set_num_threads(1)
    if not torch.are_deterministic_algorithms_enabled():
        torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)
    numpy.random.seed(seed % 2**32)
    random.seed(seed)


def _seed(request: Request) -> int:
    """What the global generators start from: what is asked, never the source that answers."""
    if isinstance(request, BuildRequest):
        asset = request.asset
        return seed_of(asset.name, json.dumps(asset.arguments, sort_keys=True, default=str))
    run = request.runs[0]
    return seed_of(*run.place, run.method, run.variant)


def _message(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text[:MESSAGE] or type(error).__name__


def _status_bytes(name: str) -> int:
    """A line of /proc/self/status, in bytes; 0 where there is none."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
