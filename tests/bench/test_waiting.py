"""Waiting for futures: in the order in which they end, till time is up, and no signal is lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import Future
from math import inf

import pytest

from bench.running.waiting import TimeIsUp, as_they_end


class SignalsAsItDies:
    """Sends this process a signal from its destructor, where Python swallows exceptions."""

    def __init__(self, number):
        self.number = number

    def __del__(self):
        os.kill(os.getpid(), self.number)
        time.sleep(0.01)  # the handler runs here, between two bytecodes of a destructor


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM])
def stopping(request):
    """A signal that this process takes as Ctrl-C."""
    before = signal.signal(request.param, signal.default_int_handler)
    yield request.param
    signal.signal(request.param, before)


def test_futures_come_in_the_order_in_which_they_end():
    first, second = Future(), Future()
    waiting = as_they_end([first, second], inf)
    second.set_result("second")
    assert next(waiting) is second
    first.set_exception(ValueError())
    assert list(waiting) == [first]


def test_one_that_had_ended_before_is_not_missed():
    ended = Future()
    ended.set_result(1)
    assert list(as_they_end([ended], inf)) == [ended]


def test_time_is_up_while_one_is_left():
    ended, left = Future(), Future()
    ended.set_result(1)
    waiting = as_they_end([ended, left], time.monotonic() + 0.1)
    assert next(waiting) is ended
    with pytest.raises(TimeIsUp):
        next(waiting)


def test_a_signal_that_comes_in_a_destructor_is_not_lost(stopping):
    ended, left = Future(), Future()
    ended.set_result(1)
    waiting = as_they_end([ended, left], time.monotonic() + 60)
    next(waiting)
    dying = SignalsAsItDies(stopping)
    del dying
    with pytest.raises(KeyboardInterrupt):
        next(waiting)


def test_a_signal_ends_the_waiting_at_once(stopping):
    threading.Timer(0.2, os.kill, (os.getpid(), stopping)).start()
    with pytest.raises(KeyboardInterrupt):
        next(as_they_end([Future()], time.monotonic() + 60))


def test_after_the_waiting_a_signal_is_taken_as_before(stopping):
    ended = Future()
    ended.set_result(1)
    assert list(as_they_end([ended], inf)) == [ended]
    assert signal.getsignal(stopping) is signal.default_int_handler


def test_a_signal_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        waiting = as_they_end([Future()], time.monotonic() + 0.2)
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(TimeIsUp):
            next(waiting)
    finally:
        signal.signal(signal.SIGINT, before)
