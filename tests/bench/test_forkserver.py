"""The forkserver is stopped, killed, or asked by strangers, while a bench runs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import reduction

import psutil
import pytest

from tests.bench.conftest import HONEST, chosen

OPTIONS = ("run", "--tier", "small", "--seeds", "6", "--jobs", "2", "--json")
CHOSEN = chosen(*HONEST)


def forkserver_of(bench):
    """The process that a bench's children are forked from. Raises NoSuchProcess after it."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if bench.poll() is not None:
            raise psutil.NoSuchProcess(bench.pid)
        for process in psutil.Process(bench.pid).children():
            with suppress(psutil.Error):
                if "forkserver" in " ".join(process.cmdline()):
                    return process
        time.sleep(0.02)
    raise AssertionError("no forkserver")


@pytest.mark.alone
def test_one_that_is_stopped_or_killed_is_replaced_and_no_row_is_lost(checkout):
    """Again and again, at any moment: while it imports, while children run, between them."""
    bench = checkout.start(*OPTIONS, *CHOSEN, TOY_BUILD_SECONDS="0.3")
    reading = ThreadPoolExecutor().submit(bench.communicate, timeout=300)  # a full pipe stops it
    for signal_number, wait in ((signal.SIGSTOP, 0.3), (signal.SIGKILL, 8), (signal.SIGSTOP, 8)):
        time.sleep(wait)
        if bench.poll() is None:
            with suppress(psutil.Error):
                forkserver_of(bench).send_signal(signal_number)
    out, err = reading.result()
    rows = json.loads(out)["records"]
    assert {row["status"] for row in rows} == {"ok"}, err
    assert len(rows) == 30  # noisy is tuned, too
    assert checkout.left_behind() == []


def test_one_gives_no_child_to_a_stranger(checkout):
    """Whoever else asks at its socket is hung up on, as no pid comes back; the bench goes on."""
    options = ("--tier", "smoke", "--method", "sleeper", "--seeds", "1", "--json")
    bench = checkout.start("run", *options)
    server = forkserver_of(bench)
    until = time.monotonic() + 60
    while not server.children() and time.monotonic() < until:
        time.sleep(0.05)
    (address,) = [c.laddr for c in server.net_connections("unix") if c.laddr]
    status, told = os.pipe()
    work, unused = os.pipe()
    with socket.socket(socket.AF_UNIX) as asking, open(status, "rb") as answer:
        asking.connect(address)
        with suppress(BrokenPipeError):  # it may be quicker than this process
            reduction.sendfds(asking, [work, told, told, told])
        os.close(told)
        os.close(work)
        assert answer.read() == b""
    os.close(unused)
    row = json.loads(bench.communicate(timeout=120)[0])["records"][0]
    assert row["status"] == "timeout"


def damaged_when_loaded(checkout):
    """Have the toy's asset damaged after it was built and before it is loaded, once."""
    checkout.edit(
        "bench/running/runner.py",
        "    records, whole = _attempt(task, contents, scratch)\n        infra",
        "    mark = Path(task.bench.home) / 'damaged'\n"
        "        if not mark.exists():\n"
        "            mark.touch()\n"
        "            stored = task.folders[0]['numbers']\n"
        "            Path(stored, 'tensors.safetensors').write_bytes(b'noise')\n"
        "        records, whole = _attempt(task, contents, scratch)\n        infra",
    )


def test_an_asset_that_is_damaged_at_run_time_is_built_again_and_the_job_tried_again(checkout):
    damaged_when_loaded(checkout)
    rows = checkout.run("half", options=("--seeds", "1"))
    assert [row["status"] for row in rows] == ["ok"]
    assert (checkout.home / "damaged").is_file()


def test_a_disk_that_took_the_scratch_away_is_no_method_s_fault(checkout):
    """A job's folder that can't be made is said, and tried again by the next run."""
    checkout.run("half", options=("--seeds", "1"))
    scratch = checkout.home / "scratch"
    shutil.rmtree(scratch)
    os.symlink("/dev/null", scratch)
    done = checkout.bench("run", "--tier", "smoke", "--method", "noisy")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
