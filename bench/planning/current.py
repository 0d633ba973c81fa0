"""Plans of this checkout: with its home, its published records, its ledgers and links.

Here: where planning finds what is known already, and the records that still stand: those that the
sources, tasks and versions that are here now would make again. Not here: what a plan is
(bench.planning.plan), whether a record serves (bench.planning.serving).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.catalogue.registry import Catalogue
from bench.contract.suite import DataMissing
from bench.planning.identity import asked_otherwise
from bench.planning.keys import Keys
from bench.planning.plan import Plan, handed_to, make_plan
from bench.planning.selection import Selection, SelectionError
from bench.planning.serving import Standing, standing
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


def standing_here(record: Record, catalogue: Catalogue) -> Standing | None:
    """How a record stands to the code that is here; None where its task or method isn't."""
    suite = catalogue.suites.get(record.suite)
    method = catalogue.methods.get(record.suite, {}).get(record.method)
    tasks = [task for task in suite.tasks if task.name == record.task] if suite else []
    if suite is None or method is None or not tasks or record.tier not in tasks[0].settings:
        return None
    keys, sources = keys_here()
    place = (suite, tasks[0], record.tier, record.seed)
    try:
        now = keys.identity(suite, tasks[0], method, record.variant, record.tier, record.seed)
        handed = handed_to(method, keys.assets(*place))
        its_standing = standing(record, keys.code(suite, method), handed, suite, keys)
    except DataMissing:
        return None
    sources.save()
    asked = asked_otherwise(record.identity, now)
    return replace(its_standing, why=(*asked, *its_standing.why)) if asked else its_standing


def carried_here(records: Sequence[Record], catalogue: Catalogue, tier: str) -> dict[str, str]:
    """Which of some records stand on proofs alone: key -> the proofs, in words."""
    if not read_links(PUBLISHED).links:
        return {}
    try:
        plan, _ = plan_here(catalogue, Selection(tier=tier), None, published=records)
    except SelectionError:  # no suite has that tier, or no data are here
        return {}
    return {key: "; ".join(link.words for link in links) for key, links in plan.carried.items()}


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
