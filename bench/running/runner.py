"""One asset or one job, from request to records.

Here: what a worker of the executor does: it has a child build an asset, or a child solve a job and
another one score it, and makes the records. Everything that crosses is plain data, so it works on a
remote worker too, which first holds its own code against the bench's. Not here: which jobs there
are (bench.planning.plan), in what order (bench.running.executor) and where they run
(bench.running.cluster).
"""

from __future__ import annotations

import os
import shutil
import uuid
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from threading import Lock
from typing import Any

from bench.catalogue.registry import Method
from bench.contract.suite import Asset
from bench.planning.plan import PlannedRun
from bench.records import assets
from bench.records.home import lacks_room
from bench.records.published import PUBLISHED
from bench.records.record import Record
from bench.records.sweep import signature
from bench.running.child_report import Spent
from bench.running.children import STOPPED, Ending, Limits, run_child, warm_up
from bench.running.outcome import MAKE_ROOM, NO_ROOM, claimed, judge, no_room
from bench.running.provenance import fingerprint, machine
from bench.running.storable import storable
from bench.running.unmetered import is_unmetered
from bench.running.walls import readable_places
from bench.running.worker import (
    BuildRequest,
    MethodSource,
    ScoreRequest,
    SolveRequest,
    StoredAsset,
)

ASSET_SECONDS, ASSET_MEMORY = 7200.0, 16 * 2**30
"""Guards of the building of an asset: our own code, so they only catch what hangs."""

SCORE_SECONDS, SCORE_MEMORY = 3600.0, 16 * 2**30
"""Guards of scoring, likewise."""

NOTHING_SPENT: Spent = {"flops": 0, "flops_by": {}, "examples": 0, "trials": 0}
"""Of a run whose child died before it could tell."""


class Interrupted(Exception):
    """The bench was asked to stop; no record is made."""


class Unfit(Exception):
    """This worker can't do a bench's work; the message says why and how to mend it."""


@dataclass(frozen=True)
class Bench:
    """What all the work of one bench shares, wherever it is done.

    Attributes:
        name: its own, unlike any other's.
        home: the folder of its state, the same for every worker.
        modules: what the forkserver loads.
        fingerprint: of the code and the versions (bench.running.provenance).
        provenance: what its records tell of the checkout.
    """

    name: str
    home: str
    modules: tuple[str, ...]
    fingerprint: str
    provenance: dict[str, Any]


@dataclass(frozen=True)
class BuildTask:
    """An asset to build: its key, where it goes, and its inputs."""

    bench: Bench
    asset: Asset
    key: str
    stored: StoredAsset
    inputs: dict[str, StoredAsset]


@dataclass(frozen=True)
class JobTask:
    """A job to run.

    Attributes:
        runs: its planned runs, which differ in their seed alone.
        assets: where the assets of each run lie, by name.
        builds: how those assets are built, each after its inputs.
    """

    bench: Bench
    runs: tuple[PlannedRun, ...]
    assets: tuple[dict[str, StoredAsset], ...]
    builds: tuple[BuildTask, ...] = ()


def build_asset(task: BuildTask, *inputs: str) -> str:
    """Have an asset built, unless it lies there whole.

    Args:
        inputs: what building the inputs returned; "" where it went well.
    Returns:
        "" or one sentence that says why it couldn't be built.
    """
    _go_on(task.bench)
    failed = next(filter(None, inputs), "")
    if failed:
        return failed
    if assets.is_whole(Path(task.stored.folder), task.stored.content):
        return ""
    warm_up(task.bench.modules)
    request = BuildRequest(task.asset, task.inputs, task.stored.folder)
    ending = run_child(request, Limits(ASSET_SECONDS, ASSET_MEMORY, task.bench.name))
    if ending.ended_by == "stop":
        raise Interrupted
    status, reason = judge(ending, ASSET_SECONDS, ASSET_MEMORY)
    if status == "ok":
        return ""
    last = ending.log.strip().splitlines()[-12:]
    return f"asset {task.asset.name!r} could not be built: {reason}\n" + "\n".join(last)


def run_job(task: JobTask, *needed: str) -> list[Record]:
    """Solve and score a job; one record for each of its runs, in order.

    A job of several runs that fails is done again run by run, so that one seed's failure
    doesn't become another's.

    Args:
        needed: what building its assets returned; "" where it went well.
    """
    _go_on(task.bench)
    failed = next(filter(None, needed), "")
    if failed:
        reason, _, log = failed.partition("\n")
        made = (_finish(p.record("infra", reason), p, task, log=log) for p in task.runs)
        return [storable(record) for record in made]
    warm_up(task.bench.modules)
    scratch = Path(task.bench.home) / "scratch" / f"{signature()}{uuid.uuid4().hex}"
    try:
        scratch.mkdir(parents=True)
    except OSError as error:
        return lost(task, f"its scratch folder could not be made ({error}). {MAKE_ROOM}")
    try:
        records = _attempt(task, scratch)
        if any(r.status == "infra" for r in records) and _mend(task):
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir(parents=True)
            records = _attempt(task, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if len(task.runs) > 1 and any(r.status != "ok" for r in records):
        alone = (
            JobTask(task.bench, (run,), (stored,), task.builds)
            for run, stored in zip(task.runs, task.assets, strict=True)
        )
        return [record for part in alone for record in run_job(part)]
    return records


_mending = Lock()
"""Two jobs that share a damaged asset build it again once."""


def _mend(task: JobTask) -> bool:
    """Build a job's damaged assets again. Returns whether there were any, and all are whole now."""
    damaged = False
    with _mending:
        for build in task.builds:
            if not assets.is_whole(Path(build.stored.folder), build.stored.content):
                damaged = True
                if build_asset(build):
                    return False
    return damaged


def _attempt(task: JobTask, scratch: Path) -> list[Record]:
    first = task.runs[0]
    runs = tuple(planned.run for planned in task.runs)
    budget, harness = first.run.budget, first.suite.harness
    source = source_of(first.method, (Path(task.bench.home), PUBLISHED))
    solve = SolveRequest(harness, source, runs, _handed(task), str(scratch))
    seconds = budget.seconds * len(runs)
    limits = Limits(seconds, budget.memory, task.bench.name, str(scratch))
    ending = run_child(solve, limits)
    if ending.ended_by == "stop":
        raise Interrupted
    status, reason = judge(ending, seconds, budget.memory)
    if any(words in reason for words in NO_ROOM) and lacks_room(scratch):
        status, reason = "infra", no_room(reason)
    records = []
    for index, planned in enumerate(task.runs):
        record = _finish(planned.record(status, reason), planned, task, log=ending.log)
        record.cost = _cost(ending, index, planned)
        record.provenance["walls"] = ending.walls or "not walled, it never came to the method"
        records.append(record)
    if status == "ok":
        _score(task, records, ScoreRequest(harness, runs, task.assets, str(scratch)))
    return [storable(record) for record in records]


def source_of(method: Method, apart: tuple[Path, ...]) -> MethodSource:
    """Where a method stands, and what its process may read; nothing in the folders `apart`."""
    readable = readable_places(method.path, method.root, apart)
    return MethodSource(
        str(method.path), str(method.root), method.function, tuple(map(str, readable))
    )


def _handed(task: JobTask) -> tuple[dict[str, StoredAsset], ...]:
    """The assets that a process with a method's code may have: it isn't told of the others."""
    kept = []
    for planned, stored in zip(task.runs, task.assets, strict=True):
        reference = planned.run.kind == "reference"
        allowed = {
            asset.name
            for asset in planned.assets
            if not asset.for_scoring and (reference or not asset.for_references)
        }
        kept.append({name: one for name, one in stored.items() if name in allowed})
    return tuple(kept)


def _score(task: JobTask, records: list[Record], request: ScoreRequest) -> None:
    """Fill in the metrics of records whose method returned."""
    ending = run_child(request, Limits(SCORE_SECONDS, SCORE_MEMORY, task.bench.name))
    if ending.ended_by == "stop":
        raise Interrupted
    status, reason = judge(ending, SCORE_SECONDS, SCORE_MEMORY)
    scores = (ending.report or {}).get("scores", [])
    if status != "ok" or len(scores) != len(records):
        # Our own code, but run on what the method left: the machine's fault is only what is known.
        status = "infra" if status == "infra" else "crashed"
        for record in records:
            record.status, record.reason = status, f"its output could not be scored: {reason}"
            record.log += "\n--- scoring ---\n" + ending.log
        return
    for record, found in zip(records, scores, strict=True):
        if "error" in found:
            record.status, record.reason = claimed(found["error"])
            continue
        bad = sorted(name for name, value in found["metrics"].items() if not isfinite(value))
        if bad:
            record.status, record.reason = "diverged", f"{', '.join(bad)} isn't finite"
            continue
        record.metrics, record.details = found["metrics"], found["details"]
        record.cost.update(found["cost"])


def _cost(ending: Ending, index: int, planned: PlannedRun) -> dict[str, Any]:
    """What a run spent: its own meter, and its share of the job's time and memory."""
    report = ending.report or {}
    meters = report.get("meters", [])
    count = max(1, len(meters))
    spent = meters[index] if index < len(meters) else NOTHING_SPENT
    cpu = max(ending.cpu_seconds, report.get("cpu_seconds", 0.0)) / count
    unmetered = is_unmetered(cpu, spent["flops"], planned.run.budget.flops)
    return {
        **spent,
        "seconds": ending.seconds / count,
        "cpu_seconds": cpu,
        "peak_memory": max(ending.peak_memory, report.get("peak_memory", 0)),
        "unmetered": unmetered and planned.run.kind == "method",
    }


def lost(task: JobTask, why: str) -> list[Record]:
    """The records of a job whose worker was lost with it."""
    return [storable(_finish(p.record("infra", why), p, task, log="")) for p in task.runs]


def _finish(record: Record, planned: PlannedRun, task: JobTask, log: str) -> Record:
    record.log = log
    record.provenance = {**task.bench.provenance, **machine(), "command": planned.command()}
    return record


def _go_on(bench: Bench) -> None:
    """Hold this worker against the bench, and begin nothing once the bench was asked to stop.

    Raises:
        Interrupted: it was.
        Unfit: the worker has other code or versions, or doesn't see the bench's home.
    """
    if bench.name in STOPPED:
        raise Interrupted
    if fingerprint() != bench.fingerprint:
        raise Unfit(
            f"the worker on {os.uname()[1]} has other code or other versions of the libraries than "
            "this bench. Start it again, in this checkout and its environment."
        )
    if not Path(bench.home).is_dir():
        raise Unfit(
            f"the worker on {os.uname()[1]} doesn't see {bench.home}. Set WEIGHHOUSE_HOME to a "
            "folder that every node shares."
        )


def interrupt(name: str) -> None:
    """Have every child of a bench ended soon; run_job and build_asset raise Interrupted."""
    STOPPED.add(name)
