"""Runs a plan on dask: assets first, then the jobs that depend on them.

Here: the graph of futures, and the one place that writes to the store. A record is durable before
anyone is told of it. Not here: the cluster (bench.running.cluster), what one job does
(bench.running.runner).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.catalogue.suites import folders_elsewhere
from bench.contract.asset import Asset
from bench.contract.suite import Suite
from bench.planning.keys import Keys
from bench.planning.plan import Plan, PlannedRun
from bench.records.ledger import append_asset, append_closures
from bench.records.record import Record
from bench.records.store import Store
from bench.running.cluster import FAILURES, ClusterError, connected
from bench.running.provenance import checkout, fingerprint, machine
from bench.running.runner import (
    Bench,
    BuildOrder,
    BuildResult,
    JobOrder,
    Made,
    UnfitWorker,
    build_asset,
    interrupt,
    lost,
    run_job,
)
from bench.running.storable import storable
from bench.running.waiting import as_they_end

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as AnyFuture

    Future = AnyFuture[Any]


OnProgress = Callable[["Progressed"], None]


@dataclass(frozen=True)
class Progressed:
    """One thing done: records of a finished job, or the asset that was built.

    Attributes:
        records: made and stored already; empty for an asset.
        served: earlier records that turned out to answer, once their assets were built.
        asset: its name; "" for a job.
        seconds: its estimated share of the plan's work.
    """

    records: list[Record] = field(default_factory=list)
    served: list[Record] = field(default_factory=list)
    asset: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class _Submitted:
    """What a future stands for: a job, or an asset of a suite; and its estimated seconds."""

    job: JobOrder | None
    asset: Asset | None
    suite: Suite
    seconds: float


def execute(
    plan: Plan,
    keys: Keys,
    store: Store,
    home: Path,
    jobs: int,
    scheduler: str,
    on_progress: OnProgress,
    until: float = inf,
) -> None:
    """Make every run of a plan, and store its record.

    Args:
        jobs: how many children run side by side on the in-process cluster.
        scheduler: address of a cluster that exists, or "" for the in-process one.
        on_progress: called after each asset and job, on the caller's thread.
        until: when to stop, on the monotonic clock.
    Raises:
        TimeIsUp: it was stopped then; children are ended, finished records kept.
        KeyboardInterrupt: the user stopped it; children are ended, finished records kept.
        ClusterError: the scheduler can't be reached.
    """
    shared = checkout()
    _store_skipped(plan, store, shared, on_progress)
    if not plan.todo:
        return
    modules = tuple(sorted({p.suite.harness for p in plan.todo}))
    home.mkdir(parents=True, exist_ok=True)
    elsewhere = tuple(map(str, folders_elsewhere(modules)))
    bench = Bench(uuid.uuid4().hex, str(home), modules, elsewhere, fingerprint(elsewhere), shared)
    append_closures(home, keys.closures_of(plan.todo), keys.ledger)
    with connected(jobs, scheduler) as client:
        futures = _submit(client, plan, keys, home, bench)
        try:
            _collect(futures, keys, store, home, on_progress, until)
        except BaseException:  # Ctrl-C, a store that is full: nobody would take the results
            interrupt(bench.name)
            if scheduler:
                with suppress(Exception):  # a worker that can't be asked is one that is gone
                    client.run(interrupt, bench.name)
            raise


def _collect(
    futures: dict[Future, _Submitted],
    keys: Keys,
    store: Store,
    home: Path,
    on_progress: OnProgress,
    until: float,
) -> None:
    """Store what the futures give as they end, until none is left.

    Raises:
        TimeIsUp: some are left, and the time is up.
        ClusterError: the scheduler was lost, or a worker isn't fit for this bench.
    """
    from distributed import CancelledError

    for future in as_they_end(list(futures), until):
        submitted = futures.pop(future)
        made: list[Made] = []
        try:
            result = future.result()
            if submitted.job is not None:
                made = result
            elif submitted.asset is not None:
                _note_built(submitted.asset, submitted.suite, result, keys, home)
        except UnfitWorker as error:
            raise ClusterError(str(error)) from None
        except CancelledError:
            raise ClusterError(
                "the scheduler was lost. Finished records are stored; start it again, and the "
                "same command goes on."
            ) from None
        except Exception as error:
            if isinstance(error, ImportError) or "deserialization" in str(error):
                raise ClusterError(
                    "the cluster can't load this checkout's code. Start its scheduler and its "
                    "workers in this checkout's environment, with PYTHONPATH=DIR for a "
                    "--suites-dir DIR."
                ) from None
            if submitted.job is not None:
                made = [Made(record) for record in lost(submitted.job, _loss(error))]
        records = [outcome.record for outcome in made if not outcome.served]
        if records:
            store.put(records)
        served = [outcome.record for outcome in made if outcome.served]
        name = submitted.asset.name if submitted.asset and submitted.seconds else ""
        on_progress(Progressed(records, served, name, submitted.seconds))


def _note_built(asset: Asset, suite: Suite, result: BuildResult, keys: Keys, home: Path) -> None:
    """Enter what an asset turned out to be into the home's ledger, unless it stands there."""
    if result.failure or keys.ledger.here.get(keys.asset(asset, suite)) == result.content:
        return
    built = keys.built(asset, suite, result.content)
    append_asset(home, built)
    keys.ledger.add(built)
    keys.ledger.here[built.key] = built.content


def _loss(error: Exception) -> str:
    """Why a job came back without its records."""
    if type(error).__name__ == "KilledWorker":
        return f"{FAILURES + 1} workers were lost while they had this job"
    return f"its worker failed: {type(error).__name__}: {error}"


def _store_skipped(
    plan: Plan, store: Store, shared: dict[str, Any], on_progress: OnProgress
) -> None:
    records = []
    for planned, reason in plan.skipped:
        record = planned.record("skipped", reason)
        record.provenance = {**shared, **machine(), "command": planned.command()}
        records.append(storable(record))
    if records:
        store.put(records)
        on_progress(Progressed(records))


def _submit(
    client: Client, plan: Plan, keys: Keys, home: Path, bench: Bench
) -> dict[Future, _Submitted]:
    """Futures of the plan's assets and jobs."""
    submitted: dict[Future, _Submitted] = {}
    built: dict[str, Future] = {}
    missing = {key for _, key, _ in plan.assets}
    builds: dict[str, BuildOrder] = {}

    def asset_future(asset: Asset, planned: PlannedRun) -> Future:
        key = keys.asset(asset, planned.suite)
        if key not in built:
            needed = [asset_future(a, planned) for a in asset.inputs]
            inputs = {a.name: _folder(home, a, planned, keys) for a in asset.inputs}
            folder, expected = _folder(home, asset, planned, keys), keys.ledger.here.get(key, "")
            order = builds[key] = BuildOrder(bench, asset, key, folder, inputs, expected)
            name = f"asset-{key}-{bench.name}"
            built[key] = client.submit(
                build_asset, order, *needed, key=name, pure=False, priority=-planned.run.seed
            )
            seconds = asset.seconds if key in missing else 0
            submitted[built[key]] = _Submitted(None, asset, planned.suite, seconds)
        return built[key]

    for group in jobs_of(plan.todo):
        needed = dict.fromkeys(asset_future(asset, p) for p in group for asset in p.handed)
        folders = tuple({a.name: _folder(home, a, p, keys) for a in p.handed} for p in group)
        used = dict.fromkeys(keys.asset(asset, p.suite) for p in group for asset in p.handed)
        order = JobOrder(bench, group, folders, tuple(builds[key] for key in used))
        name = f"job-{group[0].run.identity}-{bench.name}"
        seed = group[0].run.seed
        future = client.submit(run_job, order, *needed, key=name, pure=False, priority=-seed)
        submitted[future] = _Submitted(order, None, group[0].suite, sum(p.seconds for p in group))
    return submitted


def jobs_of(runs: list[PlannedRun]) -> list[tuple[PlannedRun, ...]]:
    """Runs by job: alone, or those that differ in their seed alone where the suite says so."""
    groups: dict[tuple[str | int, ...], list[PlannedRun]] = {}
    for planned in runs:
        run = planned.run
        seed = -1 if planned.suite.together else run.seed
        place = (run.suite, run.task.name, run.method, run.variant, seed)
        groups.setdefault(place, []).append(planned)
    return [tuple(group) for group in groups.values()]


def _folder(home: Path, asset: Asset, planned: PlannedRun, keys: Keys) -> str:
    return str(keys.folder(asset, planned.suite, home))
