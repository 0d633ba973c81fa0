"""Methods that misbehave: each becomes a row with its status, and everybody else finishes.

One bench runs them all, two side by side, among four honest ones; every test looks at its rows.
"""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress

import psutil
import pytest

HONEST = {"half": "ok", "noisy": "ok", "zero": "ok", "truth": "ok"}

HOSTILE = {
    # method: (status, part of the reason)
    # time
    "sleeper": ("timeout", "was stopped at its deadline of 5 s"),
    "stopper": ("timeout", "was stopped at its deadline of 5 s"),
    # memory
    "hungry": ("out_of_memory", "memory cap of 300 MiB"),
    "hungry_family": ("out_of_memory", "memory cap of 300 MiB"),
    # FLOPs
    "greedy": ("over_budget", "over the budget of 2e+04"),
    "stubborn": ("over_budget", "over the budget of 2e+04"),
    # how it leaves
    "leaver": ("crashed", "its process left with exit code 139 before it returned"),
    "raiser": ("crashed", "RuntimeError: no sum today"),
    "quitter": ("crashed", "SystemExit: 0"),
    "interrupter": ("crashed", "KeyboardInterrupt"),
    "deep": ("crashed", ""),
    # what it returns
    "nan": ("diverged", "isn't finite"),
    "shapeless": ("invalid", "a guess has shape (), got (3,)"),
    # what it leaves behind
    "family": ("ok", ""),
    "bomb": ("ok", ""),
    "litterer": ("ok", ""),
    "eraser": ("crashed", "PermissionError"),
    "twister": ("ok", ""),
    # its pipes
    "printer": ("ok", ""),
    "mute": ("ok", ""),
    "closer": ("crashed", "before it returned"),
    "garbler": ("crashed", ""),
    "forger": ("crashed", ""),
    "flooder": ("timeout", "was stopped at its deadline of 5 s"),
    # what it asks for
    "peeker": ("crashed", "KeyError"),
    "needy": ("skipped", "task 'add' doesn't offer: an oracle"),
}

COORDINATOR_MEMORY = 500 * 2**20
"""What the coordinator may hold at most, whatever its children send; dask itself takes 150 MB."""


class Benched:
    """What one bench of all methods left: its rows, its words, and who was still alive after it."""

    def __init__(self, checkout):
        chosen = [part for name in (*HONEST, *HOSTILE) for part in ("--method", name)]
        options = ("run", "--tier", "smoke", "--seeds", "1", "--jobs", "2", "--json", *chosen)
        process = checkout.start(*options)
        files_before = set(checkout.root.iterdir())
        watched, self.memory = psutil.Process(process.pid), 0
        out = None
        while out is None:
            self.memory = max(self.memory, watched.memory_info().rss)
            with suppress(subprocess.TimeoutExpired):
                out, self.err = process.communicate(timeout=0.1)
        self.exit_code = process.returncode
        assert out, self.err
        self.rows = {record["method"]: record for record in json.loads(out)["records"]}
        self.alive = checkout.left_behind()
        new = set(checkout.root.iterdir()) - files_before - {checkout.home}
        self.litter = [*new, *checkout.home.glob("scratch/*"), *checkout.home.glob("assets/*.tmp")]


@pytest.fixture(scope="module")
def benched(tmp_path_factory, make_checkout):
    """All methods, benched once."""
    return Benched(make_checkout(tmp_path_factory.mktemp("hostile") / "checkout"))


def test_every_method_has_its_row(benched):
    assert set(benched.rows) == {*HONEST, *HOSTILE}
    assert benched.exit_code == 1  # some crashed


def test_the_bench_says_nothing_but_its_own_lines(benched):
    assert "Traceback" not in benched.err


@pytest.mark.parametrize(("method", "status"), HONEST.items())
def test_an_honest_method_among_them_finishes(benched, method, status):
    assert benched.rows[method]["status"] == status, benched.rows[method]["reason"]


@pytest.mark.parametrize(("method", "expected"), HOSTILE.items())
def test_a_hostile_method_has_the_status_of_what_it_did(benched, method, expected):
    status, reason = expected
    row = benched.rows[method]
    assert row["status"] == status, (row["reason"], row["log"])
    assert reason in row["reason"]


def test_their_company_changes_no_honest_digit(benched, honest):
    alone = {row["method"]: row for row in honest.kept if row["seed"] == 0}
    for method in HONEST:
        assert benched.rows[method]["metrics"] == alone[method]["metrics"]


def test_nothing_that_they_started_outlives_the_bench(benched):
    assert benched.alive == []


def test_nothing_that_they_wrote_outlives_the_bench(benched):
    assert benched.litter == []


def test_a_method_that_swallows_the_budget_s_error_still_spends_no_more(benched):
    assert 19_999 <= benched.rows["stubborn"]["cost"]["flops"] <= 20_000


def test_a_log_keeps_the_last_words_and_no_more(benched):
    assert "about to raise" in benched.rows["raiser"]["log"]
    assert "no sum today" in benched.rows["raiser"]["log"]
    assert len(benched.rows["printer"]["log"]) < 20_000
    assert "the end" in benched.rows["printer"]["log"]


def test_no_flood_of_theirs_fills_the_coordinator_s_memory(benched):
    assert benched.memory < COORDINATOR_MEMORY
