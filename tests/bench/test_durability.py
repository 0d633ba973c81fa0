"""What survives: kills at random moments, and every fault of a disk.

The faults are real: processes are killed, disks are small file systems that are full, folders
can't be written by the process that tries. Each gives one sentence, and the next run goes on.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import re
import resource
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest

from tests.bench.conftest import HONEST, MANY, chosen, digits

CHOSEN = chosen(*HONEST)
SEEDS = 16
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1


def stored(checkout):
    """(method, variant, seed) of every record in the store."""
    with closing(sqlite3.connect(checkout.home / "records.sqlite")) as connection:
        try:
            return set(connection.execute("SELECT method, variant, seed FROM records"))
        except sqlite3.OperationalError:  # killed before the table was made
            return set()


def the_sentence(done):
    """The one sentence of a command that failed."""
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr, done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, done.stderr
    return errors[0]


def by_method(done):
    """The statuses of `run --json`, method by method."""
    return {r["method"]: r["status"] for r in json.loads(done.stdout)["records"]}


# --- killing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.endurance)])
def test_kills_at_random_moments_lose_nothing_that_was_shown(checkout, many, kills):
    """`raiser` is among them because a failure's line is shown at once and names its run."""
    options = ("run", "--tier", "small", "--seeds", str(SEEDS), *CHOSEN, "--method", "raiser")
    draw = random.Random(7)
    shown_in_all = 0
    for _ in range(kills):
        before = stored(checkout) if checkout.home.is_dir() else set()
        process = checkout.start(*options, TOY_BUILD_SECONDS="0.02")
        said = []
        if draw.random() < 0.5:  # some time after the first thing that was shown as done
            for line in process.stderr:
                said.append(line)
                if re.search(r"[1-9]\d*/\d+ runs,", line):
                    break
            time.sleep(draw.uniform(0, 0.4))
        else:  # at any time from the start
            time.sleep(draw.uniform(0, 3))
        process.kill()
        said += process.communicate()[1].splitlines()
        kept = stored(checkout)
        assert before <= kept
        text = "\n".join(said)
        named = {("raiser", "default", int(seed)) for seed in re.findall(r"seed (\d+): Runt", text)}
        assert named <= kept
        counts = [int(count) for count in re.findall(r"(\d+)/\d+ runs,", text)]
        assert len(kept) - len(before) >= max(counts, default=0)
        shown_in_all += max(counts, default=0)
        assert checkout.left_behind() == []
    assert shown_in_all > 0, "nothing was ever shown before a kill: the delays are too short"
    records = json.loads(checkout.bench(*options, "--json").stdout)["records"]
    assert len(digits(records)) == SEEDS * 6
    raised = {r["status"] for r in records if r["method"] == "raiser"}
    assert raised == {"crashed"}
    others = digits(r for r in records if r["method"] != "raiser")
    assert others.items() <= digits(many.kept).items()
    assert list(checkout.home.glob("assets/*.tmp")) == []


def test_the_next_run_clears_what_a_killed_one_left_half_done(checkout):
    process = checkout.start("run", "--tier", "smoke", "--method", "sleeper")
    deadline = time.monotonic() + 240
    while not list(checkout.home.glob("scratch/*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.communicate()
    assert list(checkout.home.glob("scratch/*"))
    assert checkout.left_behind() == []
    checkout.run("half")
    assert list(checkout.home.glob("scratch/*")) == []


def test_sigterm_is_as_graceful_as_ctrl_c(checkout):
    done = checkout.terminated_underway("run", "--tier", "smoke", "--method", "sleeper")
    assert done.returncode == 130
    assert "the same command goes on" in done.stderr
    assert checkout.left_behind() == []


# --- a damaged store -------------------------------------------------------------------------


@pytest.fixture
def damaged(many, checkout):
    """A checkout with a copy of 100 records, to be damaged."""
    shutil.copytree(many.home, checkout.home)
    assert len(stored(checkout)) == 100
    return checkout


def swap_in_the_rescued(checkout):
    """Do what the sentence says."""
    away = checkout.root / "away"
    away.mkdir()
    for file in checkout.home.glob("records.sqlite*"):
        file.rename(away / file.name)
    (checkout.home / "records.rescued.sqlite").rename(checkout.home / "records.sqlite")


def test_a_truncated_store_is_one_sentence_and_what_is_left_of_it_is_saved(damaged):
    path = damaged.home / "records.sqlite"
    os.truncate(path, path.stat().st_size * 9 // 10)
    sentence = the_sentence(damaged.bench(*MANY))
    saved = int(re.search(r"(\d+) of its records are whole", sentence)[1])
    assert str(path) in sentence
    assert "move records.sqlite* away" in sentence
    swap_in_the_rescued(damaged)
    again = json.loads(damaged.bench(*MANY, "--json").stdout)["records"]
    assert sum(r["served"] for r in again) == saved > 0
    assert len(again) == 100


def test_a_flipped_digit_in_the_store_is_seen_and_costs_one_record(damaged):
    path = damaged.home / "records.sqlite"
    content = bytearray(path.read_bytes())
    place = content.index(b'"error": ') + len(b'"error": ') + 3
    content[place] ^= 1  # another digit: still JSON, and still a database to SQLite
    path.write_bytes(content)
    sentence = the_sentence(damaged.bench(*MANY))
    assert "99 of its records are whole and saved in" in sentence
    swap_in_the_rescued(damaged)
    again = json.loads(damaged.bench(*MANY, "--json").stdout)["records"]
    assert sum(r["served"] for r in again) == 99


def test_a_store_that_is_none_is_left_as_it_was(damaged):
    path = damaged.home / "records.sqlite"
    path.write_bytes(b"no database" * 1000)
    assert f"{path}: the store can't be used" in the_sentence(damaged.bench(*MANY))
    assert path.read_bytes() == b"no database" * 1000


# --- a damaged asset -------------------------------------------------------------------------


def flip(file):
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def halve(file):
    os.truncate(file, file.stat().st_size // 2)


TENSORS, MANIFEST, MORE = "tensors.safetensors", "manifest.json", pytest.mark.endurance


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        (TENSORS, flip),
        (MANIFEST, os.unlink),
        *(pytest.param(TENSORS, damage, marks=MORE) for damage in (halve, os.unlink)),
        *(pytest.param(MANIFEST, damage, marks=MORE) for damage in (flip, halve)),
    ],
)
def test_a_damaged_asset_is_built_again(damaged, damage, file, tmp_path):
    before = digits(damaged.run("half", options=("--seeds", "1"), tier="small"))
    damage(next(damaged.home.glob(f"assets/numbers-*/{file}")))
    log = tmp_path / "built"
    options = ("run", "--tier", "small", "--method", "half", "--seeds", "20", "--fresh", "--json")
    records = json.loads(damaged.bench(*options, TOY_BUILD_LOG=str(log)).stdout)["records"]
    assert before.items() <= digits(records).items()
    assert len(log.read_text().splitlines()) == 1, "that asset alone is built again"


# --- a full disk -----------------------------------------------------------------------------


@pytest.fixture
def small_disk(checkout):
    """The checkout's home is a file system of 4 MB: mounting it takes root."""
    checkout.home.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "weighhouse-test", str(checkout.home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"a small file system can't be mounted; run as root: {done.stderr.strip()}")
    yield checkout
    subprocess.run(["umount", "--lazy", str(checkout.home)], check=True)


def fill(checkout, leave=0):
    """Fill the disk up, but for `leave` bytes."""
    status = os.statvfs(checkout.home)
    filler = checkout.home / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match=r"No space|filled"):
        for _ in range((status.f_bavail * status.f_frsize - leave) // 4096):
            file.write(b"x" * 4096)
        if leave:
            raise OSError("filled")
        while True:
            file.write(b"x")
    return filler


def test_a_full_disk_is_one_sentence_and_loses_nothing(small_disk):
    first = digits(small_disk.run("half"))
    filler = fill(small_disk)
    done = small_disk.bench("run", "--tier", "smoke", *CHOSEN)
    sentence = the_sentence(done)
    assert str(small_disk.home) in sentence
    assert "Free some room" in sentence
    filler.unlink()
    after = small_disk.run(*HONEST)
    assert first.items() <= digits(after).items()
    assert sum(r["served"] for r in after) == len(first)
    assert {r["status"] for r in after} == {"ok"}


def test_a_disk_that_fills_while_an_asset_is_built_makes_infra_rows_that_say_so(small_disk):
    small_disk.edit("suites/toy/definition.py", '{"count": 8}', '{"count": 300_000}')
    small_disk.edit("suites/toy/definition.py", '"flops": 2e4', '"flops": 2e9')
    filler = fill(small_disk, leave=1_000_000)  # an asset takes 1.2 MB
    done = small_disk.bench("run", "--tier", "smoke", "--method", "half", "--json")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    rows = json.loads(done.stdout)["records"]
    assert {r["status"] for r in rows} == {"infra"}
    assert all("free some room" in r["reason"].lower() for r in rows), rows[0]["reason"]
    assert list(small_disk.home.glob("assets/*.tmp")) == []
    filler.unlink()
    assert {r["status"] for r in small_disk.run("half")} == {"ok"}


def test_a_disk_that_fills_while_a_method_returns_is_not_the_method_s_fault(small_disk):
    small_disk.edit(
        "suites/toy/harness.py",
        'outputs.append(Output({"guess": guess}))',
        'outputs.append(Output({"guess": guess, "much": guess.new_zeros(2_000_000)}))',
    )
    rows = small_disk.run("half")  # 8 MB a run, on a disk of 4 MB
    assert {r["status"] for r in rows} == {"infra"}
    assert all("free some room" in r["reason"].lower() for r in rows), rows[0]["reason"]


def limit_files():
    """No file of this process may grow past 64 KB: what a quota does, and it needs no mount."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))


def test_a_store_that_may_not_grow_is_one_sentence_and_loses_nothing(checkout):
    options = ("run", "--tier", "small", "--seeds", str(SEEDS), *CHOSEN)
    done = checkout.bench(*options, before=limit_files)
    assert "Free some room" in the_sentence(done)
    kept = stored(checkout)
    assert kept
    after = checkout.bench(*options, "--json")
    assert sum(r["served"] for r in json.loads(after.stdout)["records"]) == len(kept)
    assert checkout.left_behind() == []


# --- a folder that can't be written ----------------------------------------------------------


def obey_permissions():
    """Root writes to any folder: give that right up."""
    if os.geteuid() == 0:
        assert ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0) == 0


@pytest.fixture
def read_only(honest, tmp_path):
    """A checkout in which the honest methods have run at smoke, whose home can only be read."""
    checkout = honest.copy_to(tmp_path / "read_only")
    folders = [checkout.home, *(f for f in checkout.home.rglob("*"))]
    for path in folders:
        path.chmod(path.stat().st_mode & 0o555)
    yield checkout
    for path in folders:
        path.chmod(path.stat().st_mode | 0o200)


@pytest.mark.parametrize(
    "command",
    [("run", "--tier", "small", "--method", "zero"), ("run", "--tier", "smoke", "--fresh")],
)
def test_a_read_only_home_is_one_sentence_and_loses_nothing(read_only, command):
    before = stored(read_only)
    sentence = the_sentence(read_only.bench(*command, before=obey_permissions))
    assert str(read_only.home) in sentence
    assert "WEIGHHOUSE_HOME" in sentence
    assert stored(read_only) == before != set()


def test_a_read_only_home_with_the_store_elsewhere_is_one_sentence(read_only, tmp_path):
    options = ("run", "--tier", "smoke", "--method", "zero", "--store", str(tmp_path / "s.sqlite"))
    sentence = the_sentence(read_only.bench(*options, before=obey_permissions))
    assert f"{read_only.home}: this folder can't be written" in sentence


def test_a_home_that_cannot_be_made_is_one_sentence(checkout):
    checkout.home.write_text("a file stands where the folder should be")
    assert str(checkout.home) in the_sentence(checkout.bench("run", "--tier", "smoke"))


def test_an_export_that_cannot_be_written_is_one_sentence(damaged):
    out = damaged.root / "published"
    out.mkdir()
    out.chmod(0o555)
    options = ("export", "--tier", "small", "--out", str(out))
    assert str(out) in the_sentence(damaged.bench(*options, before=obey_permissions))
