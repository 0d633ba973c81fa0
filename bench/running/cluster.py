"""The dask cluster that a bench runs on: one made here for the while, or one that exists.

Here: connecting, and saying in one sentence why that failed. dask is imported where it is needed,
so that the command line may know this module's error. Not here: what is submitted
(bench.running.executor), what a worker does with it (bench.running.runner).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Client

LOCAL = "127.0.0.1:0"
"""Where dask serves its own state: a free port, and to this machine alone."""

PATIENCE = 10
"""Seconds to wait for a scheduler's answer, and for its first worker."""

FAILURES = 3
"""How many workers may be lost over one job before it is given up."""

HOW = (
    "Start `dask scheduler`, and on each node `dask worker ADDRESS --nthreads JOBS` in this "
    "checkout's environment."
)


class ClusterError(Exception):
    """The cluster can't be used; the message says which, why and what to do."""


@contextmanager
def connected(jobs: int, scheduler: str) -> Iterator[Client]:
    """A client of the cluster at an address, or of one made in this process.

    Args:
        jobs: how many jobs run side by side in this process; a cluster's workers have their own.
        scheduler: an address, e.g. tcp://host:8786; "" for a cluster in this process.
    Raises:
        ClusterError: there is no scheduler, or it has no worker.
    """
    import dask

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    dask.config.set({"distributed.scheduler.allowed-failures": FAILURES})
    with _existing(scheduler) if scheduler else _own(jobs) as client:
        yield client


@contextmanager
def _existing(scheduler: str) -> Iterator[Client]:
    from distributed import Client

    try:
        client = Client(scheduler, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"--scheduler {scheduler}: no scheduler answers there ({error}). {HOW}"
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise ClusterError(
                f"--scheduler {scheduler}: it has no worker after {PATIENCE} s. {HOW}"
            ) from None
        yield client


@contextmanager
def _own(jobs: int) -> Iterator[Client]:
    from distributed import Client, LocalCluster

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
