"""A table as data: its columns, its rows at full precision, the notes under it.

Not here: which tables there are (reports.tables), how they are written (reports.formats).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isnan
from typing import TYPE_CHECKING, Any

from reports.digits import UNKNOWN_DECIMALS

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Column:
    """A column as it is shown.

    Attributes:
        name: of the frame; an `estimate` or a `place` also reads `<name>_low` and `<name>_high`.
        title: its heading.
        kind: `text`, `place`, `estimate`, `behind` (an estimate of a difference), `figure`,
            `flops`, `seconds` or `bytes`.
        places: decimals of a figure that has no interval.
        least: decimals that are shown however wide the interval is.
    """

    name: str
    title: str
    kind: str = "text"
    places: int = UNKNOWN_DECIMALS
    least: int = 0


@dataclass(frozen=True)
class Table:
    """A title, rows by column, the columns to show of them in order, and the notes under it.

    Attributes:
        names: every column, in order.
        values: one mapping a row; a column that it lacks, or NaN, is no value.
    """

    title: str
    names: tuple[str, ...]
    values: Sequence[Mapping[str, Any]]
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()

    def rows(self) -> list[dict[str, Any]]:
        """The rows as plain values at full precision, None where there is none."""
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


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and isnan(value) else value
