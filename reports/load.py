"""Where records come from, and which of them a table looks at.

Here: reading the published folder, and picking one record a run. Not here: a local store's current
records (bench.records.home), figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bench.catalogue.standing import stands_on
from bench.records.record import Record

if TYPE_CHECKING:
    from bench.catalogue.registry import Method
    from bench.contract.suite import Suite


def from_published(folder: Path) -> list[Record]:
    """Every record of a folder of published JSON lines."""
    from bench.records.published import read

    return list(read(folder))


def current(
    records: Iterable[Record], suite: Suite, tier: str, declared: Mapping[str, Method] | None = None
) -> list[Record]:
    """One record for each run of a suite's tasks at one tier.

    Left out: other tiers, tasks that the suite no longer has, older versions of a task, tracks
    that a task doesn't take, references that no longer stand on a task. Where a run was made more
    than once (its code changed), the newest record stands; equal times go by key. The order of the
    input doesn't matter.

    Args:
        declared: the suite's methods and references by name, where they are known.
    Returns:
        Ordered by task (the suite's order), method, variant, seed.
    """
    tasks = {task.name: task for task in suite.tasks}
    order = {name: i for i, name in enumerate(tasks)}
    newest: dict[tuple[str, str, str, int], Record] = {}
    for record in records:
        if record.suite != suite.name or record.tier != tier:
            continue
        task = tasks.get(record.task)
        if task is None or task.version != record.task_version:
            continue
        method = (declared or {}).get(record.method)
        if not task.admits(record.track) or not stands_on(task, method.tasks if method else ()):
            continue
        run = (record.task, record.method, record.variant, record.seed)
        other = newest.get(run)
        if other is None or _age(other) < _age(record):
            newest[run] = record
    return sorted(newest.values(), key=lambda r: (order[r.task], r.method, r.variant, r.seed))


def _age(record: Record) -> tuple[str, str]:
    return (str(record.provenance.get("created", "")), record.key)
