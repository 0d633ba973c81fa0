"""What a cell says to a reader: figures with the digits that they deserve, marks, letters.

Here: cells of text and Markdown, and the digits that LaTeX shows as well. Not here: how cells
become lines (reports.formats.text, .markdown, .latex).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.digits import decimals, figure, signed, span, with_unit
from reports.digits import interval as ends_of
from reports.formats.layout import Row
from reports.frame import Column

UNITS = {"flops": "FLOP", "seconds": "s", "bytes": "B"}
NONE = "–"


def cells(
    columns: Sequence[Column], rows: Sequence[Row], letters: Mapping[str, str]
) -> list[list[str]]:
    """What each column shows of each row.

    Args:
        letters: what stands for each need.
    """
    return [[shown(column, row, letters) for column in columns] for row in rows]


def shown(column: Column, row: Row, letters: Mapping[str, str]) -> str:
    """One cell, in words and figures."""
    value = row.get(column.name)
    if column.kind == "text":
        return words(value)
    if column.kind == "needs":
        return lettered(value, letters)
    if column.kind == "place":
        return place(column.name, row)
    if column.kind == "span":
        return _span(column, row)
    if value is None:
        return NONE
    if column.kind in UNITS:
        mark = "‡ " if column.kind == "flops" and row.get("unmetered") else ""
        return mark + " ".join(with_unit(float(value), UNITS[column.kind])).strip()
    if column.kind == "behind":
        return _behind(column, row)
    return _estimate(column, row)


def words(value: Any) -> str:
    """A value of a column of text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    return str(value)


def lettered(value: Any, letters: Mapping[str, str]) -> str:
    """Needs as letters, in the order of the letters' needs; one without a letter by its name."""
    needs = words(value).split()
    known = [letter for name, letter in letters.items() if name in needs]
    others = [name for name in needs if name not in letters]
    return " ".join([*filter(None, ["".join(known)]), *others])


def place(name: str, row: Row) -> str:
    """`3= (3–5)`; what it is, of a reference."""
    if row.get(name) is None:
        return row.get("role") or ("reference" if row.get("kind") == "reference" else "")
    shared = "=" if row.get("tied") else ""
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    return f"{row[name]}{shared}" + (f" ({low}–{high})" if low != high else "")


def interval(name: str, row: Row) -> tuple[float, float] | None:
    """The ends of a value's interval: see `reports.digits.interval`."""
    return ends_of(row.get(f"{name}_low"), row.get(f"{name}_high"))


def places(column: Column, row: Row) -> int:
    """Decimals of a value: up to the first significant digit of its interval's half-width.

    A difference and a brief mean have one more: the former is read for its interval, the latter is
    compared with the means above and below it.
    """
    ends = interval(column.name, row)
    if ends is None:
        return column.places
    half = (ends[1] - ends[0]) / 2
    finer = column.brief or column.kind in ("behind", "span")
    return decimals(half) + 1 if finer else decimals(half, column.least)


def behind_about(column: Column, row: Row) -> str:
    """In which of several metrics a difference to the lead is; "" where it is in the score.

    `sensitivity n/a` is how often the metric isn't applicable.
    """
    about = str(row.get(f"{column.name}_in") or "")
    return "" if about == "score" else about


def _behind(column: Column, row: Row) -> str:
    """`−0.026 (−0.061 to 0.009)`, with the metric where there are several; or `lead`."""
    if not row.get(f"{column.name}_in"):
        return "lead"
    ends, decimal = interval(column.name, row), places(column, row)
    difference = signed(float(row[column.name]), decimal)
    if ends:
        difference += f" ({span(*ends, decimal)})"
    about = behind_about(column, row)
    return f"{difference} in {about}" if about else difference


def _span(column: Column, row: Row) -> str:
    ends = interval(column.name, row)
    return span(*ends, places(column, row)) if ends else NONE


def _estimate(column: Column, row: Row) -> str:
    """`0.69 (0.67–0.71)`, with † where failed runs are in it."""
    ends, decimal = interval(column.name, row), places(column, row)
    text = figure(float(row[column.name]), decimal)
    if ends and not column.brief:
        text += f" ({span(*ends, decimal)})"
    if row.get(f"{column.name}_absent"):
        text += f", {NONE} in {row[f'{column.name}_absent']}"
    count = failed(row) if column.name == "score" else 0
    return f"†{count} {text}" if count else text


def failed(row: Row) -> int:
    """In how many tasks (or seeds, of one task) runs without a result are in a row's score."""
    if not row.get("failed") or row.get("rank") is None:
        return 0
    return int(row.get("tasks_failed") or row["failed"])
