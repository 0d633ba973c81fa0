"""The tables of this repository's published records, for tests of formats. Not here: tests.

Records may be older than the tasks and methods that they are of, until they are made again; here
each is taken for one of today's version and track, as formats don't depend on which figures stand
in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from bench.catalogue.registry import catalogue
from bench.records.published import PUBLISHED, read
from bench.records.record import Record
from reports.board import boards
from reports.frame import Table
from reports.tables import suite_table, task_table


@cache
def published_tables() -> dict[str, Table]:
    """The table of each suite and of each of its tasks that has records, by their names."""
    return dict(_tables())


def _tables() -> Iterator[tuple[str, Table]]:
    known = catalogue()
    records = _as_of_today()
    for suite in known.suites.values():
        tracks = boards(records, known, suite.name, "small")
        yield suite.name, suite_table([board for board in tracks if board.scored])
        for task in suite.tasks:
            if any(task.name in board.seeds for board in tracks):
                yield f"{suite.name} {task.name}", task_table(tracks, task)


def _as_of_today() -> list[Record]:
    known = catalogue()
    versions = {(s.name, t.name): t.version for s in known.suites.values() for t in s.tasks}
    return [
        replace(
            record,
            task_version=versions[record.suite, record.task],
            track=known.methods[record.suite][record.method].track,
        )
        for record in read(PUBLISHED)
        if (record.suite, record.task) in versions
        and record.method in known.methods.get(record.suite, {})
    ]
