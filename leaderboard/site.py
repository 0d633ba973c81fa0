"""Everything that the pages draw on, gathered once.

Here: the boards and rankings of each suite, and what the whole site says of itself.
Not here: templates and geometry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from bench.records.record import Record
from leaderboard.kept import Artefact, nothing_kept
from leaderboard.trust import Trust
from reports.board import Board, Row, boards
from reports.frame import Table
from reports.history import Publication
from reports.load import current
from reports.ranking import Ranked, ranking
from reports.tables import suite_table, task_table

if TYPE_CHECKING:
    from bench.catalogue.registry import Catalogue, Method
    from bench.contract.suite import Suite, Task


@dataclass(frozen=True)
class SuiteData:
    """One suite's records at the site's tier, ranked.

    Attributes:
        records: one a run, ordered by task, method, variant, seed.
        boards: one a track that has records; empty where the suite has none.
        declared: the methods and references that its files declare, by name.
        others: tiers that have records of this suite, without the site's.
        artefact: reads what the records keep.
    """

    suite: Suite
    records: tuple[Record, ...]
    boards: tuple[Board, ...]
    declared: Mapping[str, Method]
    others: tuple[str, ...]
    artefact: Artefact = nothing_kept

    @cached_property
    def scored(self) -> tuple[Board, ...]:
        """The boards that can be ranked."""
        return tuple(b for b in self.boards if b.scored)

    @cached_property
    def table(self) -> Table | None:
        """The suite's table, where anything has a score."""
        return suite_table(self.scored) if self.scored else None

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks that have records, in the suite's order."""
        present = {t.name for b in self.boards for t in b.tasks}
        return tuple(t for t in self.suite.tasks if t.name in present)

    @cached_property
    def task_tables(self) -> Mapping[str, Table]:
        """Each such task's table."""
        return {task.name: task_table(self.boards, task) for task in self.tasks}

    @cached_property
    def ranked(self) -> Mapping[tuple[str, str], tuple[Ranked, ...]]:
        """(track, task) -> rows in order; the task "" stands for all of the track's ranking."""
        by_place = {}
        for board in self.scored:
            by_place[board.track.name, ""] = tuple(ranking(board, board.ranked))
            for task in board.scored:
                by_place[board.track.name, task] = tuple(ranking(board, [task]))
        return by_place

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every method and reference that has a page: declared, or found in records."""
        return tuple(dict.fromkeys([*self.declared, *sorted(r.method for r in self.records)]))

    def places(self, method: str) -> list[tuple[Board, Row]]:
        """The rows of a method's variants, or of a reference, with their boards."""
        rows_of_method = []
        for board in self.boards:
            rows = [r for r in (*board.rows, *board.references) if r.method == method]
            rows_of_method += [(board, row) for row in rows]
            if rows and rows[0].kind == "reference":
                break
        return rows_of_method


@dataclass(frozen=True)
class Site:
    """The site's contents.

    Attributes:
        published: the day of its newest record (YYYY-MM-DD), "" without records.
        commit: the commit of its newest record; `commits` counts the different ones.
        dirty: how many records were made with uncommitted changes.
        trust: what is known of the records from elsewhere.
        history: the publications up to now, the oldest first.
    """

    tier: str
    suites: Mapping[str, SuiteData]
    published: str
    commit: str
    commits: int
    dirty: int
    trust: Trust = field(default_factory=Trust)
    history: Sequence[Publication] = ()

    @property
    def records(self) -> list[Record]:
        """Every record that the site shows."""
        return [record for data in self.suites.values() for record in data.records]


def gather(
    records: Iterable[Record],
    catalogue: Catalogue,
    tier: str,
    trust: Trust | None = None,
    artefact: Artefact = nothing_kept,
    history: Sequence[Publication] = (),
) -> Site:
    """Select, score and rank everything that the site shows. Nothing is read from the clock."""
    records = list(records)
    suites = {}
    for name, suite in catalogue.suites.items():
        declared = catalogue.methods.get(name, {})
        suites[name] = SuiteData(
            suite=suite,
            records=tuple(current(records, suite, tier, declared)),
            boards=tuple(boards(records, catalogue, name, tier)),
            declared=declared,
            others=tuple(sorted({r.tier for r in records if r.suite == name} - {tier})),
            artefact=artefact,
        )
    shown = [record for data in suites.values() for record in data.records]
    newest = max(shown, key=lambda r: (_created(r), r.key), default=None)
    return Site(
        tier=tier,
        suites=suites,
        published=_created(newest)[:10] if newest else "",
        commit=str(newest.provenance.get("commit", "")) if newest else "",
        commits=len({str(r.provenance.get("commit", "")) for r in shown}),
        dirty=sum(bool(r.provenance.get("dirty")) for r in shown if r.status != "skipped"),
        trust=trust or Trust(),
        history=history,
    )


def _created(record: Record) -> str:
    return str(record.provenance.get("created", ""))
