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
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.catalogue.modules import locate
from bench.contract.asset import Asset
from bench.metering.budget import FLOPS, Counter
from bench.planning.plan import PlannedRun
from bench.records import assets
from bench.records.kept import folder_of
from bench.records.record import Record
from bench.running.child_report import Spent
from bench.running.children import STOPPED, Ending, run_child, warm_up
from bench.running.outcome import MAKE_ROOM, judge, overruled
from bench.running.provenance import fingerprint, machine
from bench.running.scorer import ScoreRequest
from bench.running.scoring import fill_in
from bench.running.worker import BuildRequest, MethodSource, SolveRequest

ASSET_SECONDS, ASSET_MEMORY = 7200.0, 16 * 2**30
"""Guards of the building of an asset: our own code, so they only catch what hangs."""

IDLE_SECONDS, SLOWEST = 5.0, 2e8
"""A run is flagged as having unmetered work if its CPU seconds are more than IDLE_SECONDS plus
its FLOPs at SLOWEST a second."""


NOTHING_SPENT: Spent = {"counts": {}, "flops_by": {}, "refused": "", "wrong": ""}
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
        elsewhere: folders of its suites that aren't this repository's.
        fingerprint: of the code and the versions (bench.running.provenance).
        provenance: what its records tell of the checkout.
    """

    name: str
    home: str
    modules: tuple[str, ...]
    elsewhere: tuple[str, ...]
    fingerprint: str
    provenance: dict[str, Any]


@dataclass(frozen=True)
class BuildOrder:
    """An asset to build.

    Attributes:
        folder, inputs: where it is to lie, and where what it is built from lies.
        expected: the content that this home's ledger has for it; "" where it was never built.
    """

    bench: Bench
    asset: Asset
    key: str
    folder: str
    inputs: dict[str, str]
    expected: str


@dataclass(frozen=True)
class BuildResult:
    """What became of an asset: where it lies and what it holds, or why it couldn't be built."""

    folder: str
    content: str = ""
    failure: str = ""


@dataclass(frozen=True)
class JobOrder:
    """A job to run: its planned runs (which differ in their seed alone) and their assets."""

    bench: Bench
    runs: tuple[PlannedRun, ...]
    folders: tuple[dict[str, str], ...]


def build_asset(order: BuildOrder, *inputs: BuildResult) -> BuildResult:
    """Have an asset built, unless it lies there whole and is what was built before.

    Args:
        inputs: what became of its inputs.
    """
    _go_on(order.bench)
    failed = next((result.failure for result in inputs if result.failure), "")
    if failed:
        return BuildResult(order.folder, failure=failed)
    folder = Path(order.folder)
    content = assets.stored_content(folder)
    if content and order.expected in ("", content) and assets.is_whole(folder):
        return BuildResult(order.folder, content)
    warm_up(order.bench.modules)
    root = locate(order.asset.builder.partition(":")[0]).root
    request = BuildRequest(order.asset, order.inputs, order.folder, str(root))
    ending = run_child(request, ASSET_SECONDS, ASSET_MEMORY, order.bench.name)
    if ending.ended_by == "stop":
        raise Interrupted
    status, reason = judge(ending, ASSET_SECONDS, ASSET_MEMORY)
    if status == "ok":
        return BuildResult(order.folder, assets.stored_content(folder))
    last = ending.log.strip().splitlines()[-12:]
    failure = f"asset {order.asset.name!r} could not be built: {reason}\n" + "\n".join(last)
    return BuildResult(order.folder, failure=failure)


@dataclass(frozen=True)
class Made:
    """A run's record, and whether it was made: an earlier one may turn out to answer."""

    record: Record
    served: bool = False


def run_job(order: JobOrder, *needed: BuildResult) -> list[Made]:
    """Solve and score a job; one record for each of its runs, in order.

    A run that only waited for its assets is served by its earlier record where they have come out
    as they were then.

    Args:
        needed: what became of its assets.
    """
    _go_on(order.bench)
    failed = next((result.failure for result in needed if result.failure), "")
    if failed:
        reason, _, log = failed.partition("\n")
        return [Made(_finish(p.record("infra", reason), p, order, log)) for p in order.runs]
    contents = {result.folder: result.content for result in needed}
    made: dict[int, Made] = {}
    for index, (planned, folders) in enumerate(zip(order.runs, order.folders, strict=True)):
        if planned.candidate is not None and all(
            contents[folders[name]] == content for name, content in planned.awaited.items()
        ):
            made[index] = Made(planned.candidate, served=True)
    rest = [index for index in range(len(order.runs)) if index not in made]
    if rest:
        part = JobOrder(
            order.bench,
            tuple(order.runs[index] for index in rest),
            tuple(order.folders[index] for index in rest),
        )
        made |= dict(zip(rest, map(Made, _run(part, contents)), strict=True))
    return [made[index] for index in range(len(order.runs))]


def _run(task: JobOrder, contents: dict[str, str]) -> list[Record]:
    """Solve and score; one record for each run, in order.

    A job of several runs that fails as a whole is done again run by run, so that one seed's
    failure doesn't become another's.

    Args:
        contents: an asset's folder -> digest of its content.
    """
    warm_up(task.bench.modules)
    scratch = Path(task.bench.home) / "scratch" / f"{assets.signature()}{uuid.uuid4().hex}"
    try:
        scratch.mkdir(parents=True)
    except OSError as error:
        return lost(task, f"its scratch folder could not be made ({error}). {MAKE_ROOM}")
    try:
        records, whole = _attempt(task, contents, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if len(task.runs) > 1 and not whole:
        alone = (
            JobOrder(task.bench, (run,), (folders,))
            for run, folders in zip(task.runs, task.folders, strict=True)
        )
        return [record for part in alone for record in _run(part, contents)]
    return records


def _attempt(task: JobOrder, contents: dict[str, str], scratch: Path) -> tuple[list[Record], bool]:
    """The job's records, and whether each has its own outcome: not one that all of them share."""
    first = task.runs[0]
    runs = tuple(planned.run for planned in task.runs)
    budget, harness = first.run.budget, first.suite.harness
    method = MethodSource(str(first.method.path), str(first.method.root), first.method.function)
    counters = first.suite.counters
    solve = SolveRequest(harness, method, counters, runs, task.folders, str(scratch))
    ending = run_child(solve, budget.seconds * len(runs), budget.memory, task.bench.name)
    if ending.ended_by == "stop":
        raise Interrupted
    status, reason = judge(ending, budget.seconds * len(runs), budget.memory)
    records = []
    for index, planned in enumerate(task.runs):
        spent = _spent(ending, index, len(runs))
        ended, why = overruled(status, reason, spent)
        handed = {name: contents[folder] for name, folder in task.folders[index].items()}
        record = _finish(planned.record(ended, why, handed), planned, task, log=ending.log)
        record.output = assets.stored_content(scratch / str(index)) if ended == "ok" else ""
        record.cost = _cost(ending, spent, counters, len(runs))
        records.append(record)
    whole = all(r.status == "ok" for r in records) and _score(task, records, scratch)
    return records, whole


def _score(task: JobOrder, records: list[Record], scratch: Path) -> bool:
    """Score a job whose method returned; whether that went well."""
    first = task.runs[0]
    suite, runs = first.suite, tuple(planned.run for planned in task.runs)
    limit, kept = suite.scoring_limit(first.run.tier), str(folder_of(Path(task.bench.home)))
    request = ScoreRequest(
        suite.harness, runs, task.folders, str(scratch), kept, suite.artefact_bytes
    )
    ending = run_child(request, limit.seconds * len(runs), limit.memory, task.bench.name)
    if ending.ended_by == "stop":
        raise Interrupted
    return fill_in(records, ending, limit)


def _spent(ending: Ending, index: int, count: int) -> Spent:
    """What a run's own meter counted, one of so many in its job."""
    meters = (ending.report or {}).get("meters", [])
    return meters[index] if len(meters) == count else NOTHING_SPENT


def _cost(ending: Ending, spent: Spent, counters: Sequence[Counter], count: int) -> dict[str, Any]:
    """What a run spent: its own meter's counts, and its share of the job's time and memory."""
    report = ending.report or {}
    cpu = report.get("cpu_seconds", 0.0) / count
    counts = {counter.name: spent["counts"].get(counter.name, 0) for counter in counters}
    return {
        **counts,
        "flops_by": spent["flops_by"],
        "seconds": report.get("seconds", ending.seconds) / count,
        "cpu_seconds": cpu,
        "peak_memory": max(ending.peak_memory, report.get("peak_memory", 0)),
        "unmetered": cpu > IDLE_SECONDS + counts[FLOPS.name] / SLOWEST,
    }


def lost(task: JobOrder, why: str) -> list[Record]:
    """The records of a job whose worker was lost with it."""
    return [_finish(p.record("infra", why), p, task, log="") for p in task.runs]


def _finish(record: Record, planned: PlannedRun, task: JobOrder, log: str) -> Record:
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
    if fingerprint(bench.elsewhere) != bench.fingerprint:
        raise Unfit(
            f"the worker on {os.uname()[1]} has other code or other versions of the libraries than "
            "this bench. Start it again, in this checkout and its environment; a --suites-dir must "
            "lie at the same place there."
        )
    if not Path(bench.home).is_dir():
        raise Unfit(
            f"the worker on {os.uname()[1]} doesn't see {bench.home}. Set WEIGHHOUSE_HOME to a "
            "folder that every node shares."
        )


def interrupt(name: str) -> None:
    """Have every child of a bench ended soon; run_job and build_asset raise Interrupted."""
    STOPPED.add(name)
