"""Runs a plan on dask: assets first, then the jobs that depend on them.

Here: the graph of futures, and the one place that writes to the store. A record is durable before
anyone is told of it. Not here: the cluster (bench.running.cluster), what one job does
(bench.running.runner).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.contract.suite import Asset
from bench.planning.key import Keys
from bench.planning.plan import Plan, PlannedRun
from bench.records import assets
from bench.records.record import Record
from bench.records.store import Store
from bench.running.cluster import FAILURES, ClusterError, connected
from bench.running.provenance import checkout, fingerprint, machine
from bench.running.runner import (
    Bench,
    BuildTask,
    JobTask,
    Unfit,
    build_asset,
    interrupt,
    lost,
    run_job,
)
from bench.running.storable import storable
from bench.running.worker import StoredAsset

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as AnyFuture

    Future = AnyFuture[Any]

Told = Callable[["Progressed"], None]


class Progressed:
    """One thing done: `records` of a finished job, or the asset that was built.

    Attributes:
        records: stored already; empty for an asset.
        asset: its name; "" for a job.
        seconds: its estimated share of the plan's work.
    """

    def __init__(self, records: list[Record], asset: str, seconds: float) -> None:
        self.records, self.asset, self.seconds = records, asset, seconds


@dataclass(frozen=True)
class _Submitted:
    """What a future stands for: a job, or an asset by name; and its estimated seconds."""

    job: JobTask | None
    asset: str
    seconds: float


def execute(
    plan: Plan, keys: Keys, store: Store, home: Path, jobs: int, scheduler: str, told: Told
) -> None:
    """Make every run of a plan, and store its record.

    Args:
        jobs: how many children run side by side on the in-process cluster.
        scheduler: address of a cluster that exists, or "" for the in-process one.
        told: called after each asset and job, on the caller's thread.
    Raises:
        KeyboardInterrupt: the user stopped it; children are ended, finished records kept.
        ClusterError: the scheduler can't be reached.
    """
    shared = checkout()
    _store_skipped(plan, store, shared, told)
    if not plan.todo:
        return
    modules = tuple(sorted({p.suite.harness for p in plan.todo}))
    home.mkdir(parents=True, exist_ok=True)
    bench = Bench(uuid.uuid4().hex, str(home), modules, fingerprint(), shared)
    with connected(jobs, scheduler) as client:
        futures = _submit(client, plan, keys, home, bench)
        try:
            _collect(futures, store, told)
        except BaseException:  # Ctrl-C, a store that is full: nobody would take the results
            interrupt(bench.name)
            if scheduler:
                with suppress(Exception):  # a worker that can't be asked is one that is gone
                    client.run(interrupt, bench.name)
            raise


def _collect(futures: dict[Future, _Submitted], store: Store, told: Told) -> None:
    """Store what the futures give as they end, until none is left.

    Raises:
        ClusterError: the scheduler was lost, or a worker isn't fit for this bench.
    """
    from distributed import CancelledError, as_completed

    for future in as_completed(list(futures), with_results=False):
        submitted = futures.pop(future)
        records: list[Record] = []
        try:
            result = future.result()
            records = [] if submitted.job is None else result
        except Unfit as error:
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
                    "workers in this checkout's environment."
                ) from None
            if submitted.job is not None:
                records = lost(submitted.job, _loss(error))
        if records:
            store.put(records)
        told(Progressed(records, submitted.asset, submitted.seconds))


def _loss(error: Exception) -> str:
    """Why a job came back without its records."""
    if type(error).__name__ == "KilledWorker":
        return f"{FAILURES + 1} workers were lost while they had this job"
    return f"its worker failed: {type(error).__name__}: {error}"


def _store_skipped(plan: Plan, store: Store, shared: dict[str, Any], told: Told) -> None:
    records = []
    for planned, reason in plan.skipped:
        record = planned.record("skipped", reason)
        record.provenance = {**shared, **machine(), "command": planned.command()}
        records.append(storable(record))
    if records:
        store.put(records)
        told(Progressed(records, "", 0))


def _submit(
    client: Client, plan: Plan, keys: Keys, home: Path, bench: Bench
) -> dict[Future, _Submitted]:
    """Futures of the plan's assets and jobs."""
    submitted: dict[Future, _Submitted] = {}
    built: dict[str, Future] = {}
    missing = {key for _, key, _ in plan.assets}

    builds: dict[str, BuildTask] = {}

    def build(asset: Asset, planned: PlannedRun) -> BuildTask:
        """How an asset is built; those of its inputs stand before it in `builds`."""
        key = keys.asset(asset, planned.suite)
        if key not in builds:
            for needed in asset.inputs:
                build(needed, planned)
            inputs = {a.name: _stored(home, a, planned, keys) for a in asset.inputs}
            stored = _stored(home, asset, planned, keys)
            builds[key] = BuildTask(bench, asset, key, stored, inputs)
        return builds[key]

    def asset_future(asset: Asset, planned: PlannedRun) -> Future:
        task = build(asset, planned)
        key = task.key
        if key not in built:
            needed = [asset_future(a, planned) for a in asset.inputs]
            name = f"asset-{key}-{bench.name}"
            built[key] = client.submit(build_asset, task, *needed, key=name, pure=False)
            new = key in missing
            submitted[built[key]] = _Submitted(
                None, asset.name if new else "", asset.seconds if new else 0
            )
        return built[key]

    for group in jobs_of(plan.todo):
        needed = dict.fromkeys(asset_future(asset, p) for p in group for asset in p.assets)
        stored = tuple({a.name: _stored(home, a, p, keys) for a in p.assets} for p in group)
        keyed = dict.fromkeys(
            keys.asset(part, p.suite) for p in group for a in p.assets for part in (*a.inputs, a)
        )
        job = JobTask(bench, group, stored, tuple(builds[key] for key in keyed))
        name = f"job-{group[0].run.key}-{bench.name}"
        future = client.submit(run_job, job, *needed, key=name, pure=False)
        submitted[future] = _Submitted(job, "", sum(p.seconds for p in group))
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


def _stored(home: Path, asset: Asset, planned: PlannedRun, keys: Keys) -> StoredAsset:
    """Where an asset lies."""
    return StoredAsset(str(assets.folder_of(home, asset, keys.asset(asset, planned.suite))))
