"""What changed from publication to publication: a page, and an Atom feed.

Here: sentences and the feed. Not here: the differences (reports.history), HTML (templates).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from reports.digits import figure
from reports.history import Change, Move, Publication, changes


@dataclass(frozen=True)
class Entry:
    """A publication with what it changed, and both in one sentence."""

    publication: Publication
    changes: tuple[Change, ...]
    summary: str


def entries(history: Sequence[Publication]) -> list[Entry]:
    """One a publication, the newest first."""
    made = []
    for older, newer in zip([None, *history], history, strict=False):
        found = tuple(changes(older, newer))
        made.append(Entry(newer, found, _summary(older, found, newer)))
    return made[::-1]


def moved(move: Move) -> str:
    """`rank 3, was 5; score 0.47, was 0.45`."""
    if move.after is None:
        return "no longer ranked"
    if move.before is None:
        return f"new: rank {move.after.rank}, score {figure(move.after.score, 3)}"
    ranks = f"rank {move.after.rank}"
    if move.after.rank != move.before.rank:
        ranks += f", was {move.before.rank}"
    scores = f"score {figure(move.after.score, 3)}, was {figure(move.before.score, 3)}"
    return f"{ranks}; {scores}"


def _summary(older: Publication | None, found: Sequence[Change], newer: Publication) -> str:
    if older is None:
        return f"The first publication: {newer.records:,} records."
    moves = [move for change in found for move in change.moves]
    counts = (
        (sum(m.before is None for m in moves), "new row", "new rows"),
        (sum(m.after is None for m in moves), "row gone", "rows gone"),
        (sum(m.ranks and None not in (m.before, m.after) for m in moves),
         "row with another rank", "rows with another rank"),
        (sum(not m.ranks for m in moves),
         "row with another score alone", "rows with another score alone"),
        (len({(c.suite, task) for c in found for task in c.tasks}), "new task", "new tasks"),
        (len({(c.suite, task) for c in found for task in c.gone}), "task gone", "tasks gone"),
    )  # fmt: skip
    words = [f"{n} {one if n == 1 else several}" for n, one, several in counts if n]
    return (
        f"{', '.join(words).capitalize() or 'No rank or score changed'}; {newer.records:,} records."
    )


def feed(found: Sequence[Entry]) -> str:
    """The publications as an Atom feed (RFC 4287); links are relative to it."""
    items = "".join(_item(entry) for entry in found)
    updated = found[0].publication.day if found else "1970-01-01"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom">\n'
        "<title>Weighhouse: publications</title>\n"
        "<id>tag:weighhouse,2026:publications</id>\n"
        '<link rel="self" href="changes.atom"/>\n'
        f"<updated>{updated}T00:00:00Z</updated>\n"
        "<author><name>Weighhouse maintainers</name></author>\n"
        f"{items}</feed>\n"
    )


def _item(entry: Entry) -> str:
    one = entry.publication
    lines = [entry.summary, one.note, *(
        f"{change.suite}, {change.track}: {move.row}: {moved(move)}"
        for change in entry.changes
        for move in change.moves
        if move.ranks
    )]  # fmt: skip
    return (
        f"<entry><title>{escape(one.day)}: {escape(entry.summary)}</title>"
        f"<id>tag:weighhouse,2026:{escape(one.id)}</id>"
        f'<link href="changes.html#{escape(one.id)}"/>'
        f"<updated>{escape(one.day)}T00:00:00Z</updated>"
        f'<content type="text">{escape(chr(10).join(filter(None, lines)))}</content></entry>\n'
    )
