"""Where this checkout keeps its state, and which of its records still stand.

Here: the home folder and whether it can be used, a plan made with its source cache, and the
records of a store that belong to the sources, tasks and versions that are here now. Not here:
what a plan is (bench.plan).
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from tempfile import TemporaryFile

from bench.key import Keys
from bench.plan import Plan, Selection, SelectionError, make_plan
from bench.record import Record
from bench.registry import ROOT, Catalogue
from bench.source import SourceIndex
from bench.store import Store, StoreError


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
    from bench.leftovers import sweep

    try:
        for name in ("assets", "scratch"):
            (folder / name).mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=folder / name) as file:
                file.write(b"x" * 4096)
    except OSError as error:
        raise HomeError(unwritable(folder, error)) from None
    sweep(folder)


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


def plan_here(
    found: Catalogue, selection: Selection, store: Store | None, fresh: bool = False
) -> tuple[Plan, Keys]:
    """A plan for this home, and the keys that it was made with."""
    sources = SourceIndex(home() / "cache" / "sources.json")
    keys = Keys(sources)
    planned = make_plan(found, selection, keys, store, home(), fresh)
    sources.save()
    return planned, keys


def current_records(path: Path, found: Catalogue, tier: str) -> list[Record]:
    """A store's records of one tier that the sources here would make again under the same key.

    What an edited method, task or scorer left behind is not among them.

    Raises:
        StoreError: the store isn't there or can't be read.
    """
    store = Store(path, create=False)
    try:
        return plan_here(found, Selection(tier=tier), store)[0].served
    except SelectionError:  # no suite has that tier
        return []
