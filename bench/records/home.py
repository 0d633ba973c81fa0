"""Where this checkout keeps its state.

Here: the home folder, its store, and whether it can be used. Not here: which of its records still
stand (bench.planning.current).
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from tempfile import TemporaryFile

from bench.catalogue.registry import ROOT
from bench.records.store import StoreError

PROOF = "proof.json"
"""What `run --prove` leaves in the home of what it made again."""


def home() -> Path:
    """Where state lives: WEIGHHOUSE_HOME, or .weighhouse/ in the repository."""
    return Path(os.environ.get("WEIGHHOUSE_HOME") or ROOT / ".weighhouse").absolute()


class HomeError(StoreError):
    """The home folder can't be written; the message says why and what to do."""


def prepare(folder: Path) -> None:
    """Make the home's folders, see that they can be written, and clear what a killed bench left.

    Raises:
        HomeError: they can't be made or written.
    """
    from bench.records.sweep import sweep

    try:
        for name in ("assets", "scratch", "kept"):
            (folder / name).mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=folder / name) as file:
                file.write(b"x" * 4096)
    except OSError as error:
        raise HomeError(unwritable(folder, error)) from None
    sweep(folder)


ROOM = 64 * 2**20
"""Bytes that a job's folder should have room for."""


def lacks_room(folder: Path) -> bool:
    """Whether a file of ROOM bytes can't be written there."""
    try:
        with TemporaryFile(dir=folder) as file:
            os.posix_fallocate(file.fileno(), 0, ROOM)
    except OSError:
        return True
    return False


def unwritable(folder: Path, error: OSError) -> str:
    """What is wrong with a folder that can't be written, and how to mend it."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    mend = "Free some room there" if full else "Make it writable"
    return (
        f"{folder}: this folder can't be written ({error.strerror}). {mend}, or set "
        "WEIGHHOUSE_HOME to another folder; run again."
    )


def store_path() -> Path:
    """The store that is used where none is named."""
    return home() / "records.sqlite"
