"""Which tables a suite's assets are read from, and where each of them lies.

Here: the tables of assets and of all that these are built from, and the folder from which a table's
path counts: that of its builder, in this repository or elsewhere. Not here: holding a file against
its pin (bench.records.assets), reading it (the suites' builders).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.catalogue.modules import locate
from bench.contract.asset import Asset, Shipped
from bench.contract.suite import Suite, Task
from bench.planning.keys import with_inputs


@dataclass(frozen=True)
class ShippedTable:
    """A table, and the folder from which its path counts."""

    table: Shipped
    root: Path

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.root / self.table.path


def root_of(asset: Asset) -> Path:
    """The folder from which an asset's builder is imported."""
    return locate(asset.builder.partition(":")[0]).root


def tables_of(assets: Iterable[Asset]) -> list[ShippedTable]:
    """The tables that assets, and all that they are built from, are read from; each once."""
    tables = [ShippedTable(a.shipped, root_of(a)) for a in with_inputs(assets) if a.shipped]
    return sorted(set(tables), key=lambda table: table.table.path)


def tables_of_tasks(suite: Suite, tasks: Iterable[Task]) -> list[ShippedTable]:
    """The tables that some of a suite's tasks are made from, whatever their tier; each once."""
    tiers = ((task, tier) for task in tasks for tier in task.settings)
    return tables_of(asset for task, tier in tiers for asset in suite.assets(task, tier, 0))
