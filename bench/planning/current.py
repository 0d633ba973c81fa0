"""Plans of this checkout's home, and which of a store's records still stand.

Here: a plan made with the home's source cache, and the records that belong to the sources, tasks
and versions that are here now. Not here: what a plan is (bench.planning.plan).
"""

from __future__ import annotations

from pathlib import Path

from bench.catalogue.registry import Catalogue
from bench.planning.key import Keys
from bench.planning.plan import Plan, make_plan
from bench.planning.selection import Selection, SelectionError
from bench.planning.source import SourceIndex
from bench.records.home import home
from bench.records.record import Record
from bench.records.store import Store


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
