"""What a sweep removes, and what it must not touch."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from bench.records.assets import signature
from bench.records.sweep import ABANDONED, sweep

OTHER_MACHINE = "another-machine~1~"


def a_gone_process():
    """The signature of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return signature().replace(str(os.getpid()), str(process.pid))


@pytest.mark.parametrize(
    ("sign", "age", "stays"),
    [
        (a_gone_process, 0, False),
        (signature, 0, True),
        (signature, ABANDONED + 60, True),
        (lambda: OTHER_MACHINE, 60, True),
        (lambda: OTHER_MACHINE, ABANDONED + 60, False),
        (str, 60, True),
        (str, ABANDONED + 60, False),
    ],
    ids=[
        "of a process that is gone",
        "of a process that lives",
        "of a process that lives and takes long",
        "of another machine, lately",
        "of another machine, a day ago",
        "unsigned, lately",
        "unsigned, a day ago",
    ],
)
@pytest.mark.parametrize("place", ["assets/{}numbers-1.tmp", "scratch/{}1"])
def test_a_sweep_removes_what_nobody_will_finish(tmp_path, place, sign, age, stays):
    folder = tmp_path / place.format(sign())
    folder.mkdir(parents=True)
    (folder / "half").write_text("written")
    then = time.time() - age
    os.utime(folder, (then, then))
    assert sweep(tmp_path) == (not stays)
    assert folder.is_dir() == stays


def test_a_sweep_touches_no_finished_asset(tmp_path):
    finished = tmp_path / "assets" / "numbers-1"
    finished.mkdir(parents=True)
    os.utime(finished, (0, 0))
    assert sweep(tmp_path) == 0
    assert finished.is_dir()
