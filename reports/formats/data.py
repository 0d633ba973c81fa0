"""A table for programs: CSV and JSON, every column at full precision.

Here: the two formats. Not here: what the columns are (reports.fields), formats for readers.
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from reports.frame import Table

FORMULA = ("=", "@", "+", "-")
"""What a spreadsheet takes for the start of a formula."""


def as_json(table: Table) -> str:
    """An array with one object a row, full precision, null where there is no value."""
    return dumped(table.rows())


def dumped(rows: list[dict[str, Any]]) -> str:
    """Rows as a JSON array, ending in a newline."""
    return json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def as_csv(table: Table) -> str:
    """Every column at full precision, RFC 4180 with newlines as line ends, empty for no value.

    A text that a spreadsheet would take for a formula has an apostrophe before it; numbers are as
    they are.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, table.names, lineterminator="\n")
    writer.writeheader()
    for row in table.rows():
        writer.writerow({name: neutral(value) for name, value in row.items()})
    return text.getvalue()


def neutral(value: Any) -> Any:
    """A cell that no spreadsheet runs: `=1+1` becomes `'=1+1`."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
