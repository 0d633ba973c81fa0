"""What lies behind records: the assets that they were handed, and the code that made both.

Here: what the published ledger of a suite must hold, so that in another checkout planning knows the
content of each asset without building any. Not here: the ledger itself (bench.records.ledger),
writing it (commands.publishing).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.catalogue.registry import Catalogue, Method
from bench.contract.asset import Asset
from bench.contract.suite import Suite
from bench.planning.keys import Keys, with_inputs
from bench.planning.plan import handed_to
from bench.records.ledger import BuiltAsset
from bench.records.record import Record


@dataclass
class Behind:
    """What a ledger holds of some records.

    Attributes:
        assets: those that the records were handed, and what these were built from.
        closures: digest -> file -> digest of its code, of all code that the records and the assets
            name.
    """

    assets: set[BuiltAsset] = field(default_factory=set)
    closures: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Cell:
    """What `Keys.closures_of` reads: where a record stands."""

    suite: Suite
    method: Method
    assets: tuple[Asset, ...]


def behind(records: Iterable[Record], catalogue: Catalogue, keys: Keys) -> Behind:
    """What lies behind current records of one suite.

    Args:
        records: as planning serves them, so that their cells are in the catalogue and the contents
            of their assets in the ledger.
        keys: those that they were planned with.
    """
    excerpt = Behind()
    named: set[str] = set()
    cells = []
    for record in records:
        if record.status == "skipped":
            continue
        suite = catalogue.suites[record.suite]
        method = catalogue.methods[record.suite][record.method]
        drawn = keys.assets(suite, suite.task(record.task), record.tier, record.seed)
        handed = handed_to(method, drawn)
        cells.append(_Cell(suite, method, handed))
        contents = record.code.get("assets", {})
        for asset in handed:
            known = keys.known(asset, suite)
            excerpt.assets |= {built for built in known if built.content == contents[asset.name]}
            for needed in with_inputs(asset.inputs):
                excerpt.assets |= keys.known(needed, suite)
        named |= {str(record.code[part]) for part in ("harness", "engine")}
    named |= {built.builder for built in excerpt.assets}
    closures = {**keys.ledger.closures, **keys.closures_of(cells)}
    excerpt.closures = {digest: closures[digest] for digest in named if digest in closures}
    return excerpt
