"""Runs a plan on dask: assets first, then the jobs that depend on them.

Here: the cluster (in-process by default: threads that each guard one forked job; or one that
exists), the graph of futures, and the one place that writes to the store. A record is durable
before anyone is told of it. Not here: what one job does (bench.runner).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import assets
from bench.errors import ClusterError
from bench.key import Keys
from bench.plan import Plan, PlannedRun
from bench.provenance import provenance
from bench.record import Record
from bench.runner import BuildTask, JobTask, build_asset, interrupt, run_job
from bench.store import Store
from bench.suite import Asset

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as AnyFuture

    Future = AnyFuture[Any]

LOCAL = "127.0.0.1:0"
"""Where dask serves its own state: a free port, and to this machine alone."""

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
    shared = provenance()
    _store_skipped(plan, store, shared, told)
    if not plan.todo:
        return
    with _client(jobs, scheduler) as client:
        from distributed import as_completed

        futures = _submit(client, plan, keys, home, shared)
        waiting = as_completed(list(futures), with_results=False)
        try:
            for future in waiting:
                what, seconds = futures.pop(future)
                result = future.result()
                if isinstance(result, str):
                    told(Progressed([], what, seconds))
                else:
                    store.put(result)
                    told(Progressed(result, "", seconds))
        except KeyboardInterrupt:
            interrupt()
            raise


def _store_skipped(plan: Plan, store: Store, shared: dict[str, Any], told: Told) -> None:
    records = []
    for planned, reason in plan.skipped:
        record = planned.record("skipped", reason)
        record.provenance = {**shared, "command": planned.command()}
        records.append(record)
    if records:
        store.put(records)
        told(Progressed(records, "", 0))


def _submit(
    client: Client, plan: Plan, keys: Keys, home: Path, shared: dict[str, Any]
) -> dict[Future, tuple[str, float]]:
    """Futures of the plan's assets and jobs: future -> (asset's name, estimated seconds)."""
    submitted: dict[Future, tuple[str, float]] = {}
    built: dict[str, Future] = {}
    missing = {key for _, key, _ in plan.assets}
    modules = tuple(sorted({p.suite.harness for p in plan.todo}))

    def asset_future(asset: Asset, planned: PlannedRun) -> Future:
        key = keys.asset(asset, planned.suite)
        if key not in built:
            needed = [asset_future(a, planned) for a in asset.inputs]
            inputs = {a.name: _folder(home, a, planned, keys) for a in asset.inputs}
            task = BuildTask(asset, key, _folder(home, asset, planned, keys), inputs, modules)
            built[key] = client.submit(build_asset, task, *needed, key=f"asset-{key}", pure=False)
            submitted[built[key]] = (asset.name, asset.seconds) if key in missing else ("", 0)
        return built[key]

    for group in jobs_of(plan.todo):
        needed = dict.fromkeys(asset_future(asset, p) for p in group for asset in p.assets)
        folders = tuple({a.name: _folder(home, a, p, keys) for a in p.assets} for p in group)
        job = JobTask(group, folders, str(home / "scratch"), shared, modules)
        future = client.submit(run_job, job, *needed, key=f"job-{group[0].run.key}", pure=False)
        submitted[future] = ("", sum(p.seconds for p in group))
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
    return str(assets.folder_of(home, asset, keys.asset(asset, planned.suite)))


@contextmanager
def _client(jobs: int, scheduler: str) -> Iterator[Client]:
    """A client of the cluster that exists, or of one made here for the while."""
    import dask
    from distributed import Client, LocalCluster

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    dask.config.set({"distributed.scheduler.allowed-failures": 3})
    if scheduler:
        try:
            client = Client(scheduler, timeout="10s")
        except (OSError, ValueError) as error:
            raise ClusterError(
                f"--scheduler {scheduler}: no scheduler answers there ({error}). Start one with "
                "`dask scheduler`, and `dask worker ADDRESS` on each node."
            ) from None
        with client:
            yield client
        return
    cluster = LocalCluster(
        n_workers=1,
        threads_per_worker=jobs,
        processes=False,
        dashboard_address=LOCAL,
        worker_dashboard_address=LOCAL,
        memory_limit=None,
        silence_logs=logging.CRITICAL,
    )
    with cluster, Client(cluster) as client:
        yield client
