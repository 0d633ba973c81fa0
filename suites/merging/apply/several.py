"""Several pieces of work at once, their results in order, in bounded memory.

Here: how many run beside each other. Not here: what they do (suites.merging.apply.merging).
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

Unit = TypeVar("Unit")
Result = TypeVar("Result")

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""What glibc's `malloc.h` calls them."""

LARGE = 2**25
"""Bytes from which on memory is always given back: the largest bound that glibc takes."""


def in_order(
    work: Callable[[Unit], Result],
    units: Sequence[Unit],
    size: Callable[[Unit], int],
    most: int,
    threads: int,
) -> Iterator[tuple[Unit, Result]]:
    """Each unit and what came of it, in the units' order.

    A unit starts while what runs, or waits to be taken, is with it no larger than `most`; alone it
    always does. One of more than half of that has none as large beside it: torch may give it all
    threads. All others work with one thread each, which wastes nothing on waiting for each other.

    Args:
        work: is called in other threads.
        units: what it is called with.
        size: of a unit, in the unit of `most`.
        most: how much may be in memory at once.
        threads: how many work.
    Raises:
        What `work` raised; nothing new starts then, and what runs is waited for. So it is where
        the iterator is closed early.
    """

    def alone(unit: Unit) -> Result:
        torch.set_num_threads(threads if 2 * size(unit) > most else 1)  # of this thread
        return work(unit)

    waiting = deque(units)
    running: deque[tuple[Unit, Future[Result]]] = deque()
    held = 0
    with ThreadPoolExecutor(threads) as pool:
        try:
            while waiting or running:
                while waiting and (not running or held + size(waiting[0]) <= most):
                    unit = waiting.popleft()
                    held += size(unit)
                    running.append((unit, pool.submit(alone, unit)))
                unit, future = running.popleft()
                yield unit, future.result()
                del future
                held -= size(unit)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def keep_freed_memory() -> None:
    """Have the C library keep what is freed for the next piece, where it is glibc.

    Else each piece's tensors are given back to the system and asked for anew, page by page, which
    takes as long as the work on them.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE)
        mallopt(M_TRIM_THRESHOLD, 8 * LARGE)
