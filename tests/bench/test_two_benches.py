"""Two benches on one home: one works, the other waits and is served, whatever becomes of the first.

Real processes. The first can't finish before a file is there, so that the second finds it at work.
"""

from __future__ import annotations

import json
import time

import pytest

HALF = ("--tier", "smoke", "--method", "half", "--json")


class Busy:
    """A checkout, and a bench that is at work in it until it may finish."""

    def __init__(self, checkout):
        self.checkout = checkout
        self.may_finish = checkout.root / "may-finish"
        self.log = checkout.root / "built"
        self.variables = {
            "TOY_BUILD_ONCE_THERE": str(self.may_finish),
            "TOY_BUILD_LOG": str(self.log),
        }
        self.process = self.start("run", *HALF)
        deadline = time.monotonic() + 60
        while not (checkout.home / "bench.json").is_file() and time.monotonic() < deadline:
            time.sleep(0.05)

    def start(self, *arguments):
        return self.checkout.start(*arguments, **self.variables)

    def waiting(self, *arguments):
        """Start a second one; it, and what it said when it began to wait."""
        process = self.start(*arguments)
        for line in process.stderr:
            if "Waiting for it" in line:
                return process, line
        raise AssertionError(f"it doesn't wait: {process.communicate()}")


@pytest.fixture
def busy(checkout):
    checkout.keep_methods("half", "noisy")
    made = Busy(checkout)
    yield made
    made.process.kill()
    made.process.communicate()


def ended(process):
    """The records of a process that ends well."""
    out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    return json.loads(out)["records"]


def test_the_second_waits_and_is_served_what_the_first_makes(busy):
    second, said = busy.waiting("run", *HALF)
    home, pid = busy.checkout.home, busy.process.pid
    assert said.startswith(f"another bench is at work in {home}: process {pid} on ")
    assert "`python -m bench run --tier smoke --method half --json`. Waiting for it:" in said
    busy.may_finish.touch()
    first, then = ended(busy.process), ended(second)
    assert [r["served"] for r in first] == [False, False]
    assert [r["served"] for r in then] == [True, True]
    assert {r["key"] for r in then} == {r["key"] for r in first}
    assert sorted(busy.log.read_text().splitlines()) == ["numbers 0", "numbers 1"]  # once each
    assert not (home / "bench.json").exists()


def test_one_that_must_not_wait_says_who_is_at_work_and_stops(busy):
    second = busy.checkout.bench("run", *HALF, "--no-wait")
    assert second.returncode == 1
    start = f"error: another bench is at work in {busy.checkout.home}: process {busy.process.pid} "
    assert second.stderr.startswith(start)
    assert second.stderr.count("\n") == 1
    assert busy.process.poll() is None


def test_when_the_first_is_killed_the_second_takes_over(busy):
    second, _ = busy.waiting("run", *HALF)
    busy.process.kill()
    busy.may_finish.touch()
    assert [r["served"] for r in ended(second)] == [False, False]


def test_a_trial_waits_and_then_only_runs_what_is_missing(busy):
    second, _ = busy.waiting("try", "methods/toy/half.py", "--tier", "smoke", "--json")
    busy.may_finish.touch()
    assert all(r["served"] for r in ended(second))


def test_what_the_store_has_is_served_while_another_bench_is_at_work(busy):
    busy.may_finish.touch()
    ended(busy.process)
    busy.may_finish.unlink()
    other = busy.start("run", "--tier", "small", "--method", "half")
    while not (busy.checkout.home / "bench.json").is_file():
        time.sleep(0.05)
    served = busy.checkout.bench("run", *HALF, "--no-wait")
    other.kill()
    other.communicate()
    assert [r["served"] for r in json.loads(served.stdout)["records"]] == [True, True]
