"""Machines that differ from the usual one: each runs the same bench to the same digits.

Read-only checkouts and other users are tried by hand: docs/machines.md has the commands.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
import struct
from pathlib import Path

import pytest

METHODS = ("half", "noisy")
RUN = ("run", "--tier", "smoke", "--json", *(p for name in METHODS for p in ("--method", name)))

SET_NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 38, 22, 2
LOAD, AT_LEAST, ABOVE, RETURN = 0x20, 0x35, 0x25, 0x06
FAIL, ALLOW = 0x00050000, 0x7FFF0000
LANDLOCK = (444, 446)
"""The first and the last of Landlock's system calls; the numbers are those of every processor."""


def forbid_landlock() -> None:
    """Answer Landlock's calls as an older kernel does, in this process and all that it starts."""
    instructions = [
        (LOAD, 0, 0, 0),  # the system call's number
        (AT_LEAST, 0, 2, LANDLOCK[0]),
        (ABOVE, 1, 0, LANDLOCK[1]),
        (RETURN, 0, 0, FAIL | errno.ENOSYS),
        (RETURN, 0, 0, ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *i) for i in instructions))
    program = struct.pack("HxxxxxxP", len(instructions), ctypes.addressof(code))
    libc = ctypes.CDLL(None)
    assert libc.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
    assert libc.prctl(SET_SECCOMP, FILTER, program) == 0


def use_one_core() -> None:
    """What `taskset` does."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def ran(checkout, **how):
    """What a bench there prints, started in this way."""
    done = checkout.bench(*RUN, **how)
    assert done.returncode == 0, done.stderr
    return done.stdout


def outcome(printed):
    """What a bench found, without what it took; and the walls that stood."""
    return outcome_of(json.loads(printed)["records"])


def outcome_of(records):
    """The same of its records."""
    found = {(r["task"], r["method"], r["variant"], r["seed"]): r["metrics"] for r in records}
    assert found
    return found, {r["provenance"]["walls"] for r in records}


@pytest.fixture
def usual(honest):
    """The outcome on this machine as it is."""
    return outcome_of([record for record in honest.kept if record["method"] in METHODS])


def test_a_kernel_without_landlock(checkout, usual):
    found, walls = outcome(ran(checkout, before=forbid_landlock))
    assert found == usual[0]
    assert all(said.startswith("not walled, kernel has none") for said in walls)


def test_one_core(checkout, usual):
    assert outcome(ran(checkout, before=use_one_core)) == usual


def test_a_home_on_another_file_system(checkout, usual):
    home = Path("/dev/shm") / f"weighhouse-{os.getpid()}"
    try:
        assert os.stat("/dev/shm").st_dev != os.stat(checkout.root).st_dev
        assert outcome(ran(checkout, WEIGHHOUSE_HOME=str(home))) == usual
        assert not checkout.home.exists()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def test_a_home_behind_a_link(checkout, usual, tmp_path):
    (tmp_path / "large disk").mkdir()
    checkout.home.symlink_to(tmp_path / "large disk")
    assert outcome(ran(checkout)) == usual


def test_a_path_with_spaces_and_letters_of_other_alphabets(make_checkout, usual, tmp_path):
    checkout = make_checkout(tmp_path / "Maß und Gewicht ✓ (1)" / "weigh 量り haus")
    assert outcome(ran(checkout)) == usual


def test_a_locale_that_knows_ascii_alone(checkout, usual):
    ascii_alone = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert outcome(ran(checkout, **ascii_alone)) == usual
