"""Plans of this checkout: with its home, its published records, its ledgers and links.

Here: where planning finds what is known already, and the records that still stand: those that the
sources, tasks and versions that are here now would make again. Not here: what a plan is
(bench.planning.plan), whether a record serves (bench.planning.serving).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.catalogue.registry import Catalogue
from bench.planning.keys import Keys
from bench.planning.plan import Plan, make_plan
from bench.planning.selection import Selection, SelectionError
from bench.planning.source import SourceIndex
from bench.records.home import home
from bench.records.ledger import read_ledger
from bench.records.links import read_links
from bench.records.published import PUBLISHED, read
from bench.records.record import Record
from bench.records.store import Store


def keys_here() -> tuple[Keys, SourceIndex]:
    """Keys of this checkout, and the index of sources that they read (to be saved)."""
    sources = SourceIndex(home() / "cache" / "sources.json")
    return Keys(sources, read_ledger(home(), PUBLISHED), read_links(PUBLISHED)), sources


def published_here(selection: Selection) -> list[Record]:
    """The published records that may answer a selection."""
    if not PUBLISHED.is_dir():
        return []
    records = read(PUBLISHED, selection.suites, selection.methods)
    return [record for record in records if record.tier == selection.tier]


def plan_here(
    catalogue: Catalogue,
    selection: Selection,
    store: Store | None,
    fresh: bool = False,
    published: Sequence[Record] | None = None,
) -> tuple[Plan, Keys]:
    """A plan for this home, and the keys that it was made with.

    Args:
        published: records that serve where the store has none; by default the published ones.
    """
    keys, sources = keys_here()
    if published is None:
        published = () if fresh else published_here(selection)
    planned = make_plan(catalogue, selection, keys, store, home(), fresh, published)
    sources.save()
    return planned, keys


def current_records(path: Path, catalogue: Catalogue, tier: str) -> list[Record]:
    """A store's records of one tier that the code here would make again, and published ones.

    What an edited method, task or scorer left behind is not among them. A published record stands
    where the store has none of that run.

    Raises:
        StoreError: the store isn't there or can't be read.
    """
    store = Store(path, create=False)
    try:
        return plan_here(catalogue, Selection(tier=tier), store)[0].served
    except SelectionError:  # no suite has that tier
        return []
