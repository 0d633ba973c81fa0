"""A table as data: its columns, its rows at full precision, the notes under it.

Not here: which tables there are (reports.tables), how they are written (reports.formats).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isnan
from typing import TYPE_CHECKING, Any

from reports.digits import UNKNOWN_DECIMALS

if TYPE_CHECKING:
    import pandas as pd


LINE_ENDS = re.compile("[\\n\\r\\t\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029]+")


@dataclass(frozen=True)
class Column:
    """A column as it is shown.

    Attributes:
        name: of the frame; an `estimate` or a `place` also reads `<name>_low` and `<name>_high`.
        title: its heading.
        kind: `text`, `needs`, `place`, `estimate`, `behind` (an estimate of a difference),
            `span` (an interval without its mean), `figure`, `flops`, `seconds` or `bytes`.
        places: decimals of a figure that has no interval.
        least: decimals that are shown however wide the interval is.
        brief: an estimate is its mean alone, with one digit more than beside its interval.
    """

    name: str
    title: str
    kind: str = "text"
    places: int = UNKNOWN_DECIMALS
    least: int = 0
    brief: bool = False

    @property
    def choice(self) -> str:
        """What it is asked for by: its name, and a row's label as the method that it is."""
        return "method" if self.name == "label" else self.name


@dataclass(frozen=True)
class Table:
    """A title, rows by column, the columns to show of them in order, and the notes under it.

    Attributes:
        names: every column, in order.
        values: one mapping a row; a column that it lacks, or NaN, is no value.
        main: names of the few columns that are shown unless others are asked for; none for all.
        more: columns that are shown only where they are asked for.
        tracks: name -> title of those that are ranked apart; each is shown as a table of its own.
        needs: name -> title of all that the suite's methods may need, in the suite's order.
        part: what tells it from its suite's and task's main table, e.g. `cost`; "" for that one.
        said: gives, by track's name, what is said above its rows (reports.sentences); a function,
            because it ranks the rows without each task in turn, and not every format says it.
    """

    title: str
    names: tuple[str, ...]
    values: Sequence[Mapping[str, Any]]
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()
    main: tuple[str, ...] = ()
    more: tuple[Column, ...] = ()
    tracks: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    part: str = ""
    said: Callable[[], Mapping[str, Sequence[str]]] = dict

    def rows(self) -> list[dict[str, Any]]:
        """The rows as plain values at full precision, text on one line, None for no value."""
        return [{name: _plain(row.get(name)) for name in self.names} for row in self.values]

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The rows as a pandas frame; whole numbers and truth values may be missing in it.

        pandas is imported here and not before: it would double the time of `bench table`.
        """
        import pandas as pd

        rows = self.rows()
        frame = pd.DataFrame.from_records(rows, columns=list(self.names))
        for name in self.names:
            kinds = {type(row[name]) for row in rows}
            if kinds == {int, type(None)}:
                frame[name] = frame[name].astype("Int64")
            elif kinds == {bool, type(None)}:
                frame[name] = frame[name].astype("boolean")
        return frame


def one_line(text: str) -> str:
    """Text without line ends: a row, a title or a note is one line in every format."""
    return LINE_ENDS.sub(" ", text)


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, str):
        return one_line(value)
    return None if isinstance(value, float) and isnan(value) else value
