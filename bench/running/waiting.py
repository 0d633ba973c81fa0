"""Waits for futures as they end, until time is up or the user stops it.

Here: the one queue into which both futures and signals go. Python raises KeyboardInterrupt wherever
the main thread happens to be, and where that is a destructor (dask's futures have one) it is
swallowed: so a signal that comes while we wait is put into the queue instead, and is answered in
its turn. Not here: what is done with what ended (bench.running.executor).
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from distributed import Future as AnyFuture

    Future = AnyFuture[Any]

STOPPING = (signal.SIGINT, signal.SIGTERM)


class TimeIsUp(Exception):
    """The time that a plan was given is over; what was finished is stored."""


def as_they_end(futures: list[Future], until: float) -> Iterator[Future]:
    """Futures in the order in which they end, whether well or with an error.

    Args:
        until: when to stop, on the monotonic clock.
    Raises:
        TimeIsUp: some are left, and the time is up.
        KeyboardInterrupt: Ctrl-C, or SIGTERM where the program takes it as Ctrl-C.
    """
    ended: SimpleQueue[Future | None] = SimpleQueue()
    for future in futures:
        future.add_done_callback(ended.put)
    with _signals_into(ended):
        for _ in futures:
            try:
                future_or_stop = ended.get(timeout=None if until == inf else _seconds_to(until))
            except Empty:
                raise TimeIsUp from None
            if future_or_stop is None:
                raise KeyboardInterrupt
            yield future_or_stop


def _seconds_to(until: float) -> float:
    return max(0.0, until - time.monotonic())


@contextmanager
def _signals_into(queue: SimpleQueue[Any]) -> Iterator[None]:
    """Put None into the queue for each signal that would have raised KeyboardInterrupt."""
    if threading.current_thread() is not threading.main_thread():  # no signal arrives there
        yield
        return
    before = {number: signal.getsignal(number) for number in STOPPING}
    raising = [n for n, handler in before.items() if handler is signal.default_int_handler]
    try:
        for number in raising:
            signal.signal(number, lambda *_: queue.put(None))  # SimpleQueue's put is reentrant
        yield
    finally:
        for number in raising:
            signal.signal(number, before[number])
