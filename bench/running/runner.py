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
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from threading import Lock
from typing import Any

from bench.catalogue.registry import Method
from bench.contract.asset import Asset
from bench.metering.budget import FLOPS, Counter
from bench.planning.plan import PlannedRun
from bench.planning.shipped import root_of
from bench.records import assets
from bench.records.home import lacks_room
from bench.records.kept import folder_of
from bench.records.published import PUBLISHED
from bench.records.record import Record
from bench.running.child_report import NOTHING_SPENT, Spent
from bench.running.children import STOPPED, Ending, Limits, run_child, warm_up
from bench.running.outcome import MAKE_ROOM, NO_ROOM, judge, no_room, overruled
from bench.running.provenance import fingerprint, machine
from bench.running.scorer import ScoreRequest, StoredAsset
from bench.running.scoring import fill_in
from bench.running.storable import storable
from bench.running.unmetered import is_unmetered
from bench.running.walls import readable_places
from bench.running.withheld import withheld_tables
from bench.running.worker import BuildRequest, MethodSource, SolveRequest

ASSET_SECONDS, ASSET_MEMORY = 7200.0, 16 * 2**30
"""Guards of the building of an asset: our own code, so they only catch what hangs."""


class Interrupted(Exception):
    """The bench was asked to stop; no record is made."""


class UnfitWorker(Exception):
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
    """A job to run.

    Attributes:
        runs: its planned runs, which differ in their seed alone.
        folders: where the assets of each run lie, by name.
        builds: how these are built, each after its inputs, should one be damaged.
    """

    bench: Bench
    runs: tuple[PlannedRun, ...]
    folders: tuple[dict[str, str], ...]
    builds: tuple[BuildOrder, ...] = ()


def build_asset(order: BuildOrder, *inputs: BuildResult) -> BuildResult:
    """Have an asset built, unless it lies there whole and is what was built before.

    Args:
        inputs: what became of its inputs.
    """
    _go_on(order.bench)
    failed = next((result.failure for result in inputs if result.failure), "")
    if failed:
        return BuildResult(order.folder, failure=failed)
    known = {result.folder: result.content for result in inputs}
    folder = Path(order.folder)
    content = assets.stored_content(folder)
    if content and order.expected in ("", content) and assets.is_whole(folder):
        return BuildResult(order.folder, content)
    warm_up(order.bench.modules)
    root = root_of(order.asset)
    given = {name: StoredAsset(place, known.get(place, "")) for name, place in order.inputs.items()}
    request = BuildRequest(order.asset, given, order.folder, str(root))
    ending = run_child(request, Limits(ASSET_SECONDS, ASSET_MEMORY, order.bench.name))
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
        made_not = [_finish(p.record("infra", reason), p, order, log) for p in order.runs]
        return [Made(storable(record)) for record in made_not]
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
            order.builds,
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
    began = time.monotonic()
    try:
        records, whole = _attempt(task, contents, scratch)
        infra = [record for record in records if record.status == "infra"]
        if infra and _mend(task, contents, infra, began):
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir(parents=True)
            records, whole = _attempt(task, contents, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if len(task.runs) > 1 and not whole:
        alone = (
            JobOrder(task.bench, (run,), (folders,), task.builds)
            for run, folders in zip(task.runs, task.folders, strict=True)
        )
        return [record for part in alone for record in _run(part, contents)]
    return records


_mending = Lock()
_mended: dict[str, float] = {}
"""An asset's folder -> when it was built again: two jobs that share one do it once."""


def _mend(
    task: JobOrder, contents: dict[str, str], records: Sequence[Record], since: float
) -> bool:
    """Build the assets again that a child found damaged; whether there were any, and it went well.

    Args:
        contents: is told what they hold now.
        records: `infra` ones, whose reason names an asset's folder.
        since: when the job began; what was built again after that is another's mending.
    """
    reasons = " ".join(record.reason for record in records)
    damaged = [build for build in task.builds if build.folder in reasons]
    with _mending:
        for build in damaged:
            if _mended.get(build.folder, -inf) < since:
                shutil.rmtree(build.folder, ignore_errors=True)
                result = build_asset(build)
                if result.failure:
                    return False
                _mended[build.folder] = time.monotonic()
            contents[build.folder] = assets.stored_content(Path(build.folder))
    return bool(damaged)


def source_of(
    method: Method, apart: tuple[Path, ...], elsewhere: tuple[Path, ...] = ()
) -> MethodSource:
    """Where a method stands, and what its process may read.

    Args:
        apart: folders and files of which nothing may be read.
        elsewhere: folders of suites that aren't this repository's.
    """
    readable = readable_places(method.path, method.root, apart, elsewhere)
    return MethodSource(
        str(method.path), str(method.root), method.function, tuple(map(str, readable))
    )


def _stored(folders: Mapping[str, str], contents: Mapping[str, str]) -> dict[str, StoredAsset]:
    return {name: StoredAsset(folder, contents[folder]) for name, folder in folders.items()}


def _handed(planned: PlannedRun, stored: Mapping[str, StoredAsset]) -> dict[str, StoredAsset]:
    """The assets that a process with a method's code may have: it isn't told of the others."""
    kept = {asset.name for asset in planned.handed if not asset.for_scoring}
    return {name: asset for name, asset in stored.items() if name in kept}


def _attempt(task: JobOrder, contents: dict[str, str], scratch: Path) -> tuple[list[Record], bool]:
    """The job's records, and whether each has its own outcome: not one that all of them share."""
    first = task.runs[0]
    runs = tuple(planned.run for planned in task.runs)
    budget, harness = first.run.budget, first.suite.harness
    elsewhere = tuple(map(Path, task.bench.elsewhere))
    apart = (Path(task.bench.home), PUBLISHED, *withheld_tables(task.runs))
    method = source_of(first.method, apart, elsewhere)
    counters = first.suite.counters
    stored = [_stored(folders, contents) for folders in task.folders]
    handed_over = tuple(map(_handed, task.runs, stored))
    solve = SolveRequest(harness, method, counters, runs, handed_over, str(scratch))
    seconds = budget.seconds * len(runs)
    ending = run_child(solve, Limits(seconds, budget.memory, task.bench.name, str(scratch)))
    if ending.ended_by == "stop":
        raise Interrupted
    status, reason = judge(ending, seconds, budget.memory)
    if any(words in reason for words in NO_ROOM) and lacks_room(scratch):
        status, reason = "infra", no_room(reason)
    records = []
    for index, planned in enumerate(task.runs):
        spent = _spent(ending, index, len(runs))
        ended, why = overruled(status, reason, spent)
        handed = {name: contents[folder] for name, folder in task.folders[index].items()}
        record = _finish(planned.record(ended, why, handed), planned, task, log=ending.log)
        record.output = assets.stored_content(scratch / str(index)) if ended == "ok" else ""
        record.cost = _cost(ending, spent, counters, len(runs), planned)
        record.provenance["walls"] = ending.walls or "not walled, it never came to the method"
        records.append(record)
    whole = all(r.status == "ok" for r in records) and _score(task, stored, records, scratch)
    return [storable(record) for record in records], whole


def _score(
    task: JobOrder, stored: list[dict[str, StoredAsset]], records: list[Record], scratch: Path
) -> bool:
    """Score a job whose method returned; whether that went well."""
    first = task.runs[0]
    suite, runs = first.suite, tuple(planned.run for planned in task.runs)
    limit, kept = suite.scoring_limit(first.run.tier), str(folder_of(Path(task.bench.home)))
    request = ScoreRequest(
        suite.harness, runs, tuple(stored), str(scratch), kept, suite.artefact_bytes
    )
    limits = Limits(limit.seconds * len(runs), int(limit.memory), task.bench.name)
    ending = run_child(request, limits)
    if ending.ended_by == "stop":
        raise Interrupted
    return fill_in(records, ending, limit)


def _spent(ending: Ending, index: int, count: int) -> Spent:
    """What a run's own meter counted, one of so many in its job."""
    meters = (ending.report or {}).get("meters", [])
    return meters[index] if len(meters) == count else NOTHING_SPENT


def _cost(
    ending: Ending, spent: Spent, counters: Sequence[Counter], count: int, planned: PlannedRun
) -> dict[str, Any]:
    """What a run spent: its own meter's counts, and its share of the job's time and memory."""
    report = ending.report or {}
    cpu = max(ending.cpu_seconds, report.get("cpu_seconds", 0.0)) / count
    counts = {counter.name: spent["counts"].get(counter.name, 0) for counter in counters}
    limit = planned.run.budget.limits.get(FLOPS.name, inf)
    uncharged = spent["uncharged"]
    unmetered = is_unmetered(cpu, counts[FLOPS.name] + sum(uncharged.values()), limit)
    return {
        **counts,
        "flops_by": spent["flops_by"],
        **({"uncharged": uncharged} if uncharged else {}),
        "seconds": ending.seconds / count,
        "cpu_seconds": cpu,
        "peak_memory": max(ending.peak_memory, report.get("peak_memory", 0)),
        "unmetered": unmetered and planned.run.kind == "method",
    }


def lost(task: JobOrder, why: str) -> list[Record]:
    """The records of a job whose worker was lost with it."""
    return [storable(_finish(p.record("infra", why), p, task, log="")) for p in task.runs]


def _finish(record: Record, planned: PlannedRun, task: JobOrder, log: str) -> Record:
    record.log = log
    record.provenance = {**task.bench.provenance, **machine(), "command": planned.command()}
    return record


def _go_on(bench: Bench) -> None:
    """Hold this worker against the bench, and begin nothing once the bench was asked to stop.

    Raises:
        Interrupted: it was.
        UnfitWorker: the worker has other code or versions, or doesn't see the bench's home.
    """
    if bench.name in STOPPED:
        raise Interrupted
    if fingerprint(bench.elsewhere) != bench.fingerprint:
        raise UnfitWorker(
            f"the worker on {os.uname()[1]} has other code or other versions of the libraries than "
            "this bench. Start it again, in this checkout and its environment; a --suites-dir must "
            "lie at the same place there."
        )
    if not Path(bench.home).is_dir():
        raise UnfitWorker(
            f"the worker on {os.uname()[1]} doesn't see {bench.home}. Set WEIGHHOUSE_HOME to a "
            "folder that every node shares."
        )


def interrupt(name: str) -> None:
    """Have every child of a bench ended soon; run_job and build_asset raise Interrupted."""
    STOPPED.add(name)
