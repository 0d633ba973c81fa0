"""What `python -m bench run` promises; methods that misbehave have test_hostile.py."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import time
from contextlib import suppress

import psutil
import pytest

from tests.bench.conftest import HONEST, digits


def test_a_budget_stops_the_run_at_the_same_operator_every_time(checkout):
    first = checkout.run("greedy", options=("--fresh",))
    again = checkout.run("greedy", options=("--fresh",))
    spent = [r["cost"]["flops"] for r in first]
    assert spent == [r["cost"]["flops"] for r in again]
    assert all(19_999 <= flops <= 20_000 for flops in spent)


@pytest.fixture
def after_honest(honest, tmp_path):
    """A copy of the checkout in which the honest methods have run."""
    return honest.copy_to(tmp_path / "after")


def test_a_finished_run_is_served(after_honest, honest):
    assert not any(r["served"] for r in honest.kept)
    again = after_honest.run(*HONEST)
    assert all(r["served"] for r in again)
    assert digits(honest.kept) == digits(again)


def test_jobs_and_order_change_no_digit(checkout, many):
    """The others ran two at a time, by 20 seeds."""
    shuffled = random.Random(1).sample(HONEST, len(HONEST))
    alone = checkout.run(*shuffled, tier="small", options=("--jobs", "1"))
    assert {r["status"] for r in alone} == {"ok"}
    assert len(digits(alone)) == 25
    assert digits(alone).items() <= digits(many.kept).items()


def test_the_exit_code_tells_crashed_and_invalid_rows(after_honest):
    """That it is the process's is seen in test_hostile.py."""
    codes = {"half": 0, "nan": 0, "raiser": 1, "shapeless": 1}
    done = after_honest.bench_each(("run", "--tier", "smoke", "--method", name) for name in codes)
    assert [run.returncode for run in done] == list(codes.values())


def test_a_record_names_the_command_that_makes_it_again(after_honest, honest):
    checkout = after_honest
    record = next(r for r in honest.kept if r["method"] == "noisy")
    command = record["provenance"]["command"].removeprefix("python -m bench run ").split()
    again = json.loads(checkout.bench("run", *command, "--json").stdout)["records"]
    assert [r["key"] for r in again] == [record["key"]]
    assert again[0]["metrics"] == record["metrics"]
    assert not again[0]["served"]


def test_the_cluster_is_open_to_this_machine_alone(checkout):
    process = checkout.start("run", "--tier", "smoke", "--method", "sleeper", "--seeds", "1")
    for line in process.stderr:  # said before the method is stopped, after dask has started
        if "runs" in line and "served" in line and "left" in line:
            break
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    addresses = set()
    for member in family:
        with suppress(psutil.NoSuchProcess):  # a child may end meanwhile
            addresses |= {
                connection.laddr.ip
                for connection in member.net_connections(kind="inet")
                if connection.status == psutil.CONN_LISTEN
            }
    process.terminate()
    process.communicate(timeout=30)
    assert addresses
    assert addresses <= {"127.0.0.1", "::1"}


@pytest.mark.alone
def test_ctrl_c_keeps_every_finished_record_and_the_next_run_goes_on(checkout):
    process = checkout.start("run", "--tier", "small", "--method", "half", "--method", "sleeper")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and count_records(checkout, "half") < 3:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    asked = time.monotonic()
    _out, err = process.communicate(timeout=30)
    assert time.monotonic() - asked < 10
    assert process.returncode == 130
    assert "the same command goes on" in err
    kept = count_records(checkout, "half")
    again = checkout.run("half", tier="small")
    assert len(again) == 5
    assert sum(r["served"] for r in again) == kept


ONCE_MORE = pytest.mark.endurance


@pytest.mark.parametrize(
    "delay", [0.3, pytest.param(0.0, marks=ONCE_MORE), pytest.param(0.9, marks=ONCE_MORE)]
)
def test_kill_9_loses_no_record_that_was_shown(many, tmp_path, delay):
    checkout = many.copy_to(tmp_path / "killed")
    process = checkout.start(
        "run",
        "--tier",
        "small",
        "--fresh",
        *(p for m in HONEST for p in ("--method", m)),
        "--store",
        str(checkout.root / "other.sqlite"),
    )
    shown = 0
    for line in process.stderr:
        if "/25 runs" in line and (shown := int(line.split("/25 runs")[0].split()[-1])):
            break
    time.sleep(delay)
    family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    assert shown > 0
    with sqlite3.connect(checkout.root / "other.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM records").fetchone()[0] >= shown
    _gone, alive = psutil.wait_procs(family, timeout=10)
    assert not alive, "children outlived the bench"
    after = checkout.run(
        *HONEST, tier="small", options=("--store", str(checkout.root / "other.sqlite"))
    )
    assert len(digits(after)) == 25
    assert digits(after).items() <= digits(many.kept).items()


def test_an_asset_is_built_once_for_all_runs(checkout, tmp_path):
    log = tmp_path / "built"
    done = checkout.bench(
        "run",
        "--tier",
        "smoke",
        *(p for m in HONEST for p in ("--method", m)),
        TOY_BUILD_LOG=str(log),
    )
    assert done.returncode == 0, done.stderr
    assert sorted(log.read_text().split("\n")) == ["", "numbers 0", "numbers 1"]


def test_an_asset_that_fails_makes_infra_rows_that_are_tried_again(checkout):
    checkout.edit("suites/toy/building.py", "torch.randn(", "torch.no_such_function(")
    failed = checkout.run("half")
    assert {r["status"] for r in failed} == {"infra"}
    assert "asset 'numbers' could not be built" in failed[0]["reason"]
    again = checkout.run("half")
    assert not any(r["served"] for r in again)


def count_records(checkout, method: str = "%") -> int:
    """How many records of a method another process could read right now."""
    path = checkout.root / ".weighhouse/records.sqlite"
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            query = "SELECT count(*) FROM records WHERE method LIKE ?"
            return connection.execute(query, (method,)).fetchone()[0]
    except sqlite3.Error:
        return 0
