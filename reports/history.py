"""Publications of the records, and what changed from one to the next.

Here: a publication's places of all rows as a line of `reports/publications.jsonl`, and the
differences of two. Not here: the command that adds one (commands.publishing), the page and the feed
(leaderboard.changes).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench.records.record import Record
from reports.board import Board
from reports.errors import ReportError
from reports.ranking import ranking

SAME = 1e-9
"""Scores that are nearer than this are one score by another rounding."""


@dataclass(frozen=True)
class Place:
    """A row's place over the tasks of its ranking, and its mean score there."""

    rank: int
    last: int
    score: float


Places = Mapping[str, Mapping[str, Mapping[str, Place]]]
"""Suite -> track -> row's label -> its place."""


@dataclass(frozen=True)
class Publication:
    """The published records of one day.

    Attributes:
        id: for ever: the day and the start of the digest.
        day: YYYY-MM-DD, of the newest record.
        commit: of the newest record.
        digest: sha256 over all records.
        records: how many.
        tasks: suite -> the tasks that have records, as NAME@VERSION.
        note: what the maintainers say of it.
    """

    id: str
    day: str
    commit: str
    digest: str
    records: int
    tasks: Mapping[str, Sequence[str]]
    places: Places
    note: str = ""

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, line: str) -> Publication:
        """What `to_json` wrote."""
        values: dict[str, Any] = json.loads(line)
        places = {
            suite: {
                track: {row: Place(**place) for row, place in rows.items()}
                for track, rows in tracks.items()
            }
            for suite, tracks in values.pop("places").items()
        }
        return cls(**values, places=places)


def publication(records: Sequence[Record], boards: Iterable[Board], note: str = "") -> Publication:
    """What is published now.

    Args:
        records: all that are published, at least one.
        boards: of all suites.
    """
    newest = max(records, key=lambda r: (str(r.provenance.get("created", "")), r.key))
    lines = sorted(record.to_json() for record in records)
    digest = sha256("\n".join(lines).encode()).hexdigest()
    tasks: dict[str, list[str]] = {}
    places: dict[str, dict[str, dict[str, Place]]] = {}
    for board in boards:
        own = tasks.setdefault(board.suite.name, [])
        own += [n for t in board.tasks if (n := f"{t.name}@{t.version}") not in own]
        if board.scored:
            places.setdefault(board.suite.name, {})[board.track.name] = {
                one.row.label: Place(one.place.rank, one.place.last, one.score.mean)
                for one in ranking(board, board.ranked)
            }
    day = str(newest.provenance.get("created", ""))[:10]
    return Publication(
        id=f"{day}-{digest[:8]}",
        day=day,
        commit=str(newest.provenance.get("commit", "")),
        digest=digest,
        records=len(records),
        tasks=tasks,
        places=places,
        note=note,
    )


def history_of(published: Path) -> Path:
    """The file of a folder of published records: beside it."""
    return published.parent / "publications.jsonl"


def read_history(file: Path) -> tuple[Publication, ...]:
    """All publications, the oldest first; none where there is no file.

    Raises:
        ReportError: a line isn't a publication.
    """
    if not file.is_file():
        return ()
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            found.append(Publication.from_json(line))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ReportError(
                f"{file}, line {number} isn't a publication. Take it from the repository again: "
                f"git checkout {file}."
            ) from None
    return tuple(found)


@dataclass(frozen=True)
class Move:
    """One row's place before and after; None where it wasn't or isn't ranked."""

    row: str
    before: Place | None
    after: Place | None

    @property
    def ranks(self) -> bool:
        """Whether it is a matter of more than a score."""
        before, after = self.before, self.after
        return before is None or after is None or before.rank != after.rank


@dataclass(frozen=True)
class Change:
    """What changed in one track of a suite.

    Attributes:
        tasks, gone: of the suite: new ones and those that are no more, as NAME@VERSION.
        moves: rows that are new, gone, or have another rank or score, by their rank now.
    """

    suite: str
    track: str
    tasks: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()


def changes(older: Publication | None, newer: Publication) -> list[Change]:
    """What a publication changed, track by track; all of it where it is the first."""
    found = []
    for suite, tracks in newer.places.items():
        before = set(older.tasks.get(suite, ())) if older else set()
        now = newer.tasks.get(suite, ())
        new = tuple(task for task in now if task not in before)
        gone = tuple(sorted(before - set(now)))
        for track, rows in tracks.items():
            had = older.places.get(suite, {}).get(track, {}) if older else {}
            moves = tuple(_moves(had, rows))
            if moves or new or gone:
                found.append(Change(suite, track, new, gone, moves))
    return found


def _moves(had: Mapping[str, Place], rows: Mapping[str, Place]) -> Iterable[Move]:
    for row, after in rows.items():
        before = had.get(row)
        if before is None or before.rank != after.rank or abs(before.score - after.score) > SAME:
            yield Move(row, before, after)
    for row, before in had.items():
        if row not in rows:
            yield Move(row, before, None)
