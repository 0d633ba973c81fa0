"""What a killed bench left half done: what it wrote aside, and the scratch of its jobs.

Here: naming such a folder after the process that writes it, and removing those whose process is
gone. A finished asset or record is never touched. Not here: writing them (bench.records.assets,
bench.running.runner).
"""

from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path

import psutil

ABANDONED = 24 * 3600.0
"""Seconds after which what another machine wrote, or nobody signed, counts as left behind. No
asset may take as long (bench.running.runner.ASSET_SECONDS)."""

SIGNED = re.compile(r"(?P<machine>[^~]+)~(?P<pid>\d+)~")


def sweep(home: Path) -> int:
    """Remove what processes that are gone left half done below a home folder.

    Returns:
        How many folders and files went. What can't be removed stays.
    """
    swept = 0
    for path in [*home.glob("assets/*.tmp"), *home.glob("kept/*.tmp"), *home.glob("scratch/*")]:
        if _is_left_behind(path):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
            swept += 1
    return swept


def _is_left_behind(path: Path) -> bool:
    signed = SIGNED.match(path.name)
    if signed and signed["machine"] == os.uname()[1]:
        return not psutil.pid_exists(int(signed["pid"]))
    with suppress(OSError):
        return time.time() - path.stat().st_mtime > ABANDONED
    return False
