"""What of a table a reader is shown: which columns, which rows, which letters for needs.

Here: choices that text, Markdown and LaTeX share. Not here: how a cell is written
(reports.formats.cells), the formats themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from string import ascii_letters
from typing import Any

from reports.errors import ReportError
from reports.frame import Column, Table, one_line

WIDTH = 100
"""Columns of a terminal that a table of text fits."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Layout:
    """How a table is laid out for a reader.

    Attributes:
        columns: what to show, by `Column.choice`, in this order; none for the table's main ones.
        wide: show every column, however wide a text gets.
        top: how many ranked rows of each track; None for every row. References stay.
    """

    columns: tuple[str, ...] = ()
    wide: bool = False
    top: int | None = None


@dataclass(frozen=True)
class Section:
    """The rows of one track, in order.

    Attributes:
        track: its name; "" where the table knows no tracks.
        title: what stands above it; "" where there is nothing to tell apart.
        omitted: what `Layout.top` left out, in a sentence; "" for nothing.
    """

    track: str
    title: str
    rows: list[dict[str, Any]]
    omitted: str = ""


def chosen_columns(table: Table, layout: Layout) -> tuple[Column, ...]:
    """The columns that a layout shows of a table, their titles on one line.

    Main columns are brief: of the intervals they keep that of the difference to the lead.

    Raises:
        ReportError: the table lacks one that was asked for.
    """
    return tuple(replace(c, title=one_line(c.title)) for c in _chosen(table, layout))


def _chosen(table: Table, layout: Layout) -> tuple[Column, ...]:
    if layout.columns:
        offered = {column.choice: column for column in (*table.columns, *table.more)}
        unknown = [name for name in layout.columns if name not in offered]
        if unknown:
            raise ReportError(
                f"There is no column {unknown[0]!r} in the table {table.title!r}. Choose from: "
                f"{', '.join(offered)}."
            )
        return tuple(offered[name] for name in dict.fromkeys(layout.columns))
    if layout.wide or not table.main:
        return table.columns
    return tuple(replace(c, brief=True) for c in table.columns if c.name in table.main)


def sections(table: Table, layout: Layout) -> list[Section]:
    """A table's rows track by track, of each as many as the layout shows."""
    rows = table.rows()
    if not table.tracks:
        return [_section("", "", rows, layout)]
    parts = [
        _section(name, one_line(title), [row for row in rows if row["track"] == name], layout)
        for name, title in table.tracks.items()
    ]
    return [part for part in parts if part.rows] or [Section("", "", [])]


def _section(track: str, title: str, rows: list[dict[str, Any]], layout: Layout) -> Section:
    competing = [row for row in rows if row.get("kind") != "reference"]
    first = competing if layout.top is None else _ranked(competing)[: layout.top]
    if len(first) == len(competing):
        return Section(track, title, rows)
    shown = [row for row in rows if row.get("kind") == "reference" or row in first]
    where = f"{title}: the" if title else "The"
    shared = sum(row.get("rank") == 1 for row in competing)
    omitted = f"{where} first {len(first)} of {len(competing)} methods; {shared} have rank 1."
    return Section(track, title, shown, omitted)


def _ranked(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that have a rank; all, where a table has no ranks."""
    return [row for row in rows if row.get("rank") is not None or "rank" not in row]


def need_letters(needs: Iterable[str]) -> dict[str, str]:
    """A letter for each need, no two the same: the first of its name that is free, a capital.

    Needs earlier in the suite's order choose first, so that a need that a suite adds at the end
    changes no letter. Names whose letters are all taken get another one, at last a number.
    """
    letters: dict[str, str] = {}
    for name in needs:
        own = [letter for letter in name if letter.isalpha()]
        candidates = chain(
            (letter.upper() for letter in own),
            (letter.lower() for letter in own),
            ascii_letters,
            map(str, count(1)),
        )
        letters[name] = next(c for c in candidates if c not in letters.values())
    return letters


def needs_key(table: Table, columns: Sequence[Column], rows: Iterable[Row]) -> str:
    """What the letters of those rows stand for: `Needs: P pretrained weights, G Gram.`"""
    if not any(column.kind == "needs" for column in columns):
        return ""
    present = {name for row in rows for name in (row.get("needs") or "").split()}
    letters = need_letters(table.needs)
    words = [f"{letters[n]} {title}" for n, title in table.needs.items() if n in present]
    return f"Needs: {', '.join(words)}." if words else ""


def notes_under(
    table: Table, columns: Sequence[Column], shown: Sequence[Section]
) -> tuple[str, ...]:
    """Every sentence under some sections of a table, the key to its letters first."""
    key = needs_key(table, columns, (row for section in shown for row in section.rows))
    omitted = [section.omitted for section in shown]
    return tuple(one_line(note) for note in (key, *omitted, *table.notes) if note)
