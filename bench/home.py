"""Where this checkout keeps its state, and which of its records still stand.

Here: the home folder, a plan made with its source cache, and the records of a store that belong
to the sources, tasks and versions that are here now. Not here: what a plan is (bench.plan).
"""

from __future__ import annotations

import os
from pathlib import Path

from bench.key import Keys
from bench.plan import Plan, Selection, SelectionError, make_plan
from bench.record import Record
from bench.registry import ROOT, Catalogue
from bench.source import SourceIndex
from bench.store import Store


def home() -> Path:
    """Where state lives: WEIGHHOUSE_HOME, or .weighhouse/ in the repository."""
    return Path(os.environ.get("WEIGHHOUSE_HOME") or ROOT / ".weighhouse").absolute()


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
