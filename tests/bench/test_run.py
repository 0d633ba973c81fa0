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

HONEST = ("half", "noisy", "zero", "truth")


def digits(records):
    """What must not depend on order or company."""
    return {
        (r["task"], r["method"], r["variant"], r["seed"]): (r["status"], r["metrics"], r["key"])
        for r in records
    }


def test_a_budget_stops_the_run_at_the_same_operator_every_time(checkout):
    first = checkout.run("greedy", options=("--fresh",))
    again = checkout.run("greedy", options=("--fresh",))
    spent = [r["cost"]["flops"] for r in first]
    assert spent == [r["cost"]["flops"] for r in again]
    assert all(19_999 <= flops <= 20_000 for flops in spent)


def test_a_finished_run_is_served(checkout):
    first = checkout.run(*HONEST)
    assert not any(r["served"] for r in first)
    again = checkout.run(*HONEST)
    assert all(r["served"] for r in again)
    assert digits(first) == digits(again)


def test_jobs_and_order_change_no_digit(checkout):
    one = checkout.run(*HONEST, tier="small", options=("--jobs", "1", "--fresh"))
    shuffled = random.Random(1).sample(HONEST, len(HONEST))
    two = checkout.run(*shuffled, tier="small", options=("--jobs", "2", "--fresh"))
    assert digits(one) == digits(two)
    assert {r["status"] for r in one} == {"ok"}


def test_the_exit_code_tells_crashed_and_invalid_rows(checkout):
    assert checkout.bench("run", "--tier", "smoke", "--method", "half").returncode == 0
    assert checkout.bench("run", "--tier", "smoke", "--method", "nan").returncode == 0
    assert checkout.bench("run", "--tier", "smoke", "--method", "raiser").returncode == 1
    assert checkout.bench("run", "--tier", "smoke", "--method", "shapeless").returncode == 1


def test_a_record_names_the_command_that_makes_it_again(checkout):
    record = checkout.run("noisy", options=("--seeds", "1"))[0]
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
def test_kill_9_loses_no_record_that_was_shown(checkout, delay):
    whole = digits(checkout.run(*HONEST, tier="small"))
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
    assert digits(after) == whole


def test_a_damaged_asset_is_built_again(checkout):
    first = digits(checkout.run("half"))
    for file in (checkout.root / ".weighhouse/assets").glob("numbers-*/tensors.safetensors"):
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
    assert digits(checkout.run("half", options=("--fresh",))) == first


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
