"""What the forkserver loads once, so that its children needn't.

Here: importing torch and setting it up in the way that every child shares (one thread and
deterministic algorithms), making the process cheap to fork, and leaving nothing behind when it
ends. Importing this module is for the forkserver alone.
Not here: what a suite wants loaded besides, which its harness imports (bench.metering.compiler for
one), what differs from child to child (bench.running.child).
"""

from __future__ import annotations

import atexit
import ctypes
import errno
import gc
import os
import socket
import struct
import time
import warnings
from multiprocessing import reduction

import numpy
import psutil
import safetensors.torch
import torch

import bench.contract.job
import bench.metering.meter
import bench.records.assets
import bench.running.child
import bench.running.worker

__all__ = ["bench", "numpy", "safetensors"]

MADV_COLLAPSE = 25
"""Linux's madvise option (6.1 and newer): make huge pages of a range now."""

HUGE_PAGE = 2 * 2**20


def use_huge_pages() -> None:
    """Gather this process's own memory into huge pages, where the kernel can.

    A fork copies one entry for each page, and 200 MB are 50,000 small pages: with huge ones a
    fork takes a sixth of the time. An older kernel refuses, and all that is lost is that time.
    """
    libc = ctypes.CDLL(None)
    libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    with open("/proc/self/maps") as file:
        maps = [line.split() for line in file]
    for place, access, *_, name in maps:
        if access != "rw-p" or name.startswith("/"):
            continue
        start, end = (int(address, 16) for address in place.split("-"))
        for page in range(-(-start // HUGE_PAGE) * HUGE_PAGE, end - HUGE_PAGE + 1, HUGE_PAGE):
            libc.madvise(page, HUGE_PAGE, MADV_COLLAPSE)


def adopt_orphans() -> None:
    """Become the parent of whatever a child leaves behind, and end it all when the bench ends.

    While the bench lives it hunts them itself (bench.running.children); this is for its `kill -9`,
    after which the forkserver leaves by itself.
    """
    ctypes.CDLL(None).prctl(bench.running.syscalls.PR_SET_CHILD_SUBREAPER, 1)
    warnings.filterwarnings("ignore", message="forkserver: waitpid returned unexpected pid")
    atexit.register(end_everything, os.getpid())


def end_everything(server: int) -> None:
    """Kill every descendant; those of the killed come up as children, so again until none is."""
    if os.getpid() != server:
        return
    myself = psutil.Process()
    until = time.monotonic() + 5
    while (family := myself.children(recursive=True)) and time.monotonic() < until:
        for process in family:
            process.kill()
        psutil.wait_procs(family, timeout=1)


def answer_to_the_bench_alone() -> None:
    """Give children to nobody but the process that started this one.

    Its socket has a name, and whoever connects to it could have a child run anything: a method,
    outside of its walls.
    """
    bench_pid = os.getppid()
    receive = reduction.recvfds

    def receive_from_the_bench(sock: socket.socket, size: int) -> list[int]:
        credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        pid, _user, _group = struct.unpack("3i", credentials)
        if pid != bench_pid:
            raise ConnectionAbortedError(errno.ECONNABORTED, f"process {pid} may ask for nothing")
        return receive(sock, size)

    reduction.recvfds = receive_from_the_bench


answer_to_the_bench_alone()
torch.set_num_threads(1)
bench.running.worker.use_deterministic_algorithms()
torch.manual_seed(0)

adopt_orphans()
gc.collect()
gc.freeze()  # else a collection in a child writes to, and so copies, every page of objects
use_huge_pages()
