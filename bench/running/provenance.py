"""Where a record comes from: commit, versions, machine.

Here: what the records of one checkout share, what those made on one machine share, and a
fingerprint by which the two sides of a cluster know that they run the same code. Not here: what
each run spent (bench.running.runner).
"""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any

from bench.catalogue.registry import ROOT
from bench.planning.code import versions_of

LOCK = "requirements.lock"
_CPUINFO = Path("/proc/cpuinfo")


def checkout() -> dict[str, Any]:
    """What Record.provenance tells of the code, and when the bench was started."""
    return {
        "commit": _git("rev-parse", "HEAD"),
        "dirty": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "lock": _lock(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


@cache
def machine() -> dict[str, Any]:
    """What Record.provenance tells of the machine that this process runs on."""
    return {
        "python": platform.python_version(),
        "torch": _version("torch"),
        "numpy": _version("numpy"),
        "cpu": _cpu(),
        "instructions": _instructions(),
        "cores": os.cpu_count() or 0,
        "threads": 1,
        "device": "cpu",
        "system": f"{platform.system()} {platform.machine()}",
        "worker": platform.node(),
    }


@cache
def fingerprint(elsewhere: tuple[str, ...] = ()) -> str:
    """A digest of the engine's and the suites' sources and of the numeric libraries' versions.

    Args:
        elsewhere: folders of suites that aren't this repository's.

    As this process first saw them: a worker that lives on after an edit would run what it has
    loaded before, and is told apart so.
    """
    digest = sha256(repr(versions_of(("torch", "numpy", "scipy", "sklearn"))).encode())
    for folder in (ROOT / "bench", ROOT / "suites", *map(Path, elsewhere)):
        for path in sorted(folder.rglob("*.py")):
            digest.update(f"{path.relative_to(folder.parent)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _git(*arguments: str) -> str:
    """Git's answer, or "" outside a checkout. It may be another user's: its code runs anyway."""
    command = ["git", "-C", str(ROOT), "-c", f"safe.directory={ROOT}", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _lock() -> str:
    path = ROOT / LOCK
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _instructions() -> str:
    """A digest of what the processor can do: one name may stand for several kinds of it."""
    wanted = ("vendor_id", "cpu family", "model", "flags", "Features", "CPU part")
    lines = _CPUINFO.read_text().split("\n\n")[0] if _CPUINFO.is_file() else ""
    said = sorted(line for line in lines.splitlines() if line.split("\t")[0].strip() in wanted)
    return sha256("\n".join(said).encode()).hexdigest()[:12]


def _cpu() -> str:
    try:
        for line in _CPUINFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
