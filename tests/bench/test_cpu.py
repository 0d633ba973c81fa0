"""CPU seconds seen from outside: worked out by hand on invented processes, and on real ones."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from bench.running.cpu import CpuClock
from bench.running.processes import Status, descendants
from bench.running.unmetered import FAST, SHARE, SLOW, START_SECONDS, free_seconds, is_unmetered


class Invented:
    """Processes by number: (own seconds, reaped seconds, parent)."""

    def __init__(self):
        self.now: dict[int, tuple[float, float, int]] = {}
        self.born: dict[int, int] = {}

    def family(self, pid, most):
        direct = [child for child, (_o, _r, parent) in self.now.items() if parent == pid]
        return direct + [below for child in direct for below in self.family(child, most)]

    def read(self, pid):
        if pid not in self.now:
            return None
        own, reaped, _parent = self.now[pid]
        return Status("R", own, reaped, self.born.get(pid, 0))


@pytest.fixture
def invented():
    return Invented()


@pytest.fixture
def clock(invented):
    return CpuClock(1, invented.family, invented.read)


def test_the_living_are_added_up(invented, clock):
    invented.now = {1: (2.0, 0.0, 0), 2: (3.0, 0.0, 1), 3: (4.0, 0.0, 2)}
    assert clock.look() == 9  # 2 + 3 + 4


def test_a_child_that_was_waited_for_counts_once(invented, clock):
    invented.now = {1: (2.0, 0.0, 0), 2: (3.0, 0.0, 1)}
    assert clock.look() == 5
    invented.now = {1: (2.0, 3.5, 0)}  # it had 3.5 at its end, and 3 when last seen
    assert clock.look() == 5.5


def test_a_child_that_nobody_waited_for_keeps_what_it_was_seen_to_have(invented, clock):
    invented.now = {1: (2.0, 0.0, 0), 2: (3.0, 0.0, 1)}
    clock.look()
    invented.now = {1: (2.5, 0.0, 0)}
    assert clock.look() == 5.5  # 2.5 + the 3 that were seen


def test_one_that_lost_its_parent_is_followed_with_its_own_children(invented, clock):
    invented.now = {1: (1.0, 0.0, 0), 2: (1.0, 0.0, 1)}
    clock.look()
    invented.now = {1: (1.0, 0.0, 0), 2: (6.0, 0.0, 99), 3: (2.0, 0.0, 2)}
    assert clock.look() == 9  # 1 + 6 + 2


def test_another_process_of_the_same_number_isn_t_the_one_that_was_seen(invented, clock):
    invented.now = {1: (1.0, 0.0, 0), 2: (1.0, 0.0, 1)}
    clock.look()
    invented.now = {1: (1.0, 0.0, 0), 2: (500.0, 0.0, 99)}
    invented.born[2] = 77
    assert clock.look() == 2  # 1 + the 1 of the first number 2


def test_what_was_seen_stays_when_all_are_gone(invented, clock):
    invented.now = {1: (1.0, 4.0, 0)}
    clock.look()
    invented.now = {}
    assert clock.look() == clock.seconds == 5


def test_a_real_grandchild_is_seen_and_timed():
    busy = "import time\nwhile time.process_time() < .5: pass\ntime.sleep(60)"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}])"
    with subprocess.Popen([sys.executable, "-c", script]) as process:
        clock = CpuClock(process.pid)
        until = time.monotonic() + 60
        while clock.look() < 0.45 and time.monotonic() < until:
            time.sleep(0.05)
        for pid in descendants(process.pid, 10):
            subprocess.run(["kill", "-9", str(pid)], check=False)
        process.kill()
    assert 0.45 <= clock.seconds < 5


def test_time_that_flops_explain_is_not_flagged():
    # 2e10 FLOPs at 1e9 a second are 20 s; of a budget of 4e10 a tenth is .1 s, and .5 s are free
    assert not is_unmetered(20.5, flops=20 * SLOW, budget=4e10)
    assert is_unmetered(20.7, flops=20 * SLOW, budget=4e10)


def test_what_is_free_grows_with_the_budget_from_half_a_second():
    assert free_seconds(4e10) == pytest.approx(START_SECONDS + 0.1)
    assert free_seconds(1e13) == START_SECONDS + SHARE * 1e13 / FAST == 25.5
    assert free_seconds(float("inf")) == START_SECONDS
