"""`--scheduler`: a real dask scheduler and real workers, one of which is killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest

from tests.bench.conftest import HONEST, chosen, digits

METHODS = chosen(*HONEST)


class Cluster:
    """A scheduler and workers of a checkout, as processes of their own."""

    def __init__(self, checkout, folder, *paths):
        self.checkout, self.folder = checkout, folder
        self.paths = os.pathsep.join(map(str, [checkout.root, *paths]))
        self.file = folder / "scheduler.json"
        self.log = folder / "built"
        self.processes = []
        self.start("scheduler", "--port", "0", "--dashboard-address", "127.0.0.1:0",
                   "--host", "127.0.0.1", "--scheduler-file", str(self.file))  # fmt: skip
        until(self.file.is_file)
        until(lambda: "address" in self.file.read_text())
        self.address = json.loads(self.file.read_text())["address"]

    def start(self, *arguments, **variables):
        """Start `dask ARGUMENTS`, in the checkout's own code."""
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments],
            cwd=self.folder,
            env={
                **os.environ,
                "PYTHONPATH": self.paths,
                "TOY_BUILD_LOG": str(self.log),
                **variables,
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.processes.append(process)
        return process

    def worker(self, **variables):
        """Start a worker of one thread, under its nanny, as `dask worker` does by default."""
        return self.start(
            "worker", self.address, "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1",
            "--local-directory", str(self.folder), **variables,
        )  # fmt: skip

    def run(self, *options):
        """The checkout's bench on this cluster, to its end."""
        return self.checkout.bench("run", "--scheduler", self.address, "--json", *options)

    def end(self):
        """Kill whatever is left."""
        for process in self.processes:
            kill(process)


def kill(process):
    """`kill -9` a process and all that it started."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    process.kill()
    for member in family:
        if member.is_running():
            member.kill()
    process.wait()
    return family


def until(condition, seconds=60):
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def cluster(checkout, tmp_path):
    """A scheduler without workers."""
    made = Cluster(checkout, tmp_path)
    yield made
    made.end()


def test_a_cluster_that_loses_a_worker_gives_the_same_digits_from_assets_built_once(
    cluster, checkout, many
):
    victim, other = cluster.worker(), cluster.worker()
    process = checkout.start(
        "run", "--scheduler", cluster.address, "--tier", "small", "--json", *METHODS
    )
    built = checkout.root / ".weighhouse" / "assets"
    # numbers and answers of 5 seeds; the one table that all share may be there before or after
    until(lambda: len(list(built.glob("[!o]*/manifest.json"))) == 10)
    family = kill(victim)
    assert process.poll() is None, "the bench ended before the worker was killed"
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    records = json.loads(out)["records"]
    assert len(digits(records)) == 25
    assert digits(records).items() <= digits(many.kept).items()
    assert sorted(cluster.log.read_text().split()) == sorted(
        ["numbers"] * 5 + ["0", "1", "2", "3", "4"]
    )
    assert other.poll() is None
    _gone, alive = psutil.wait_procs(family, timeout=10)
    assert not alive, "children outlived their worker"


def test_a_scheduler_that_is_not_there_is_one_sentence(checkout):
    done = checkout.bench("run", "--tier", "smoke", "--scheduler", "tcp://127.0.0.1:9", *METHODS)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("error: --scheduler tcp://127.0.0.1:9: no scheduler answers there")
    assert "Start `dask scheduler`" in last
    assert "Traceback" not in done.stderr


def test_a_scheduler_without_workers_is_one_sentence(cluster):
    done = cluster.run("--tier", "smoke", "--method", "half")
    assert done.returncode == 1
    assert "it has no worker after 10 s. Start `dask scheduler`" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_worker_with_other_code_is_refused(cluster, checkout):
    cluster.worker()
    assert cluster.run("--tier", "smoke", "--method", "half").returncode == 0
    checkout.edit("suites/toy/scoring.py", "abs(guess - truth)", "abs(truth - guess)")
    done = cluster.run("--tier", "smoke", "--method", "half")
    assert done.returncode == 1
    assert "has other code or other versions of the libraries than this bench" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_worker_that_lacks_the_checkout_is_one_sentence(cluster, tmp_path):
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "__init__.py").write_text("raise ImportError('not here')")
    cluster.worker(PYTHONPATH=str(tmp_path))
    done = cluster.run("--tier", "smoke", "--method", "half")
    assert done.returncode == 1
    assert "can't load this checkout's code" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.alone
def test_ctrl_c_ends_the_children_on_the_cluster_too(cluster, checkout):
    worker = cluster.worker()
    process = checkout.start(
        "run", "--scheduler", cluster.address, "--tier", "small", "--method", "sleeper"
    )
    until(lambda: running_jobs(worker))
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "the same command goes on" in err
    until(lambda: not running_jobs(worker), seconds=5)  # a sleeper would sleep on till its deadline
    assert worker.poll() is None


def running_jobs(worker):
    """The children that a worker's forkserver has right now."""
    found = []
    for process in psutil.Process(worker.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it ended while it was looked at
            if "multiprocessing.forkserver" in " ".join(process.cmdline()):
                found += process.children()
    return found


@pytest.fixture
def cluster_that_knows(checkout, elsewhere, tmp_path):
    """A scheduler that is told of a suite from elsewhere, as its workers will be."""
    made = Cluster(checkout, tmp_path, elsewhere)
    yield made
    made.end()


def test_a_suite_from_elsewhere_runs_where_scheduler_and_workers_have_it_on_pythonpath(
    cluster_that_knows, elsewhere
):
    cluster_that_knows.worker()
    options = ("--suites-dir", str(elsewhere), "--suite", "mine", "--tier", "smoke")
    done = cluster_that_knows.run(*options)
    assert done.returncode == 0, done.stderr
    assert {r["status"] for r in json.loads(done.stdout)["records"]} == {"ok"}


def test_a_cluster_that_does_not_know_a_suite_from_elsewhere_is_told_so(cluster, elsewhere):
    cluster.worker()
    options = ("--suites-dir", str(elsewhere), "--suite", "mine", "--tier", "smoke")
    done = cluster.run(*options)
    assert done.returncode == 1
    assert "with PYTHONPATH=DIR for a --suites-dir DIR" in done.stderr.splitlines()[-1]
