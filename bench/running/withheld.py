"""Shipped tables that a method's process may not read, though they lie among the sources.

Here: which files these are. Not here: the walls that keep them out of reach (bench.running.walls).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bench.planning.plan import PlannedRun
from bench.planning.shipped import root_of, tables_of


def withheld_tables(runs: Iterable[PlannedRun]) -> tuple[Path, ...]:
    """Every table of the runs' suite that holds answers or is for references, sorted.

    Those of other tasks and tiers too: what is an answer there may give one away here. A table
    that a run is handed as it is isn't withheld from it; one of which it is handed a part is.
    """
    withheld: set[Path] = set()
    handed: set[Path] = set()
    for planned in runs:
        suite = planned.suite
        for task in suite.tasks:
            for tier in task.settings:
                for asset in suite.assets(task, tier, planned.run.seed):
                    if asset.for_scoring or asset.for_references:
                        withheld.update(table.path for table in tables_of([asset]))
        for asset in planned.handed:
            if asset.shipped and not asset.for_scoring:
                handed.add(root_of(asset) / asset.shipped.path)
    return tuple(sorted(withheld - handed))
