"""The figures of the suite's statements, from the published records.

    python -m suites.selection.findings [--published DIR] [--write]

Prints each statement with what was found; `--write` keeps the figures beside the statements, from
where the tasks' notes take them. Intervals are Student's over seeds, seed by seed where a statement
compares two rows. Not here: the statements (suites.selection.statements), any figure of a table.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev

from scipy.stats import t as student

from bench.records.published import PUBLISHED, PublishedError
from bench.records.published import read as read_records
from bench.records.record import Record
from suites.common import found as kept
from suites.common.found import Found
from suites.selection.statements import COLUMNS, FOUND, STATEMENTS, Statement
from suites.selection.statements import sentence as sentence_of

Runs = Mapping[str, Mapping[int, Record]]
"""A task's records, by row and seed."""


def published_runs(folder: Path) -> dict[str, dict[str, dict[int, Record]]]:
    """The suite's runs of tier small, by task, row and seed."""
    runs: dict[str, dict[str, dict[int, Record]]] = {}
    for record in read_records(folder):
        if (record.suite, record.tier, record.status) == ("selection", "small", "ok"):
            of_task = runs.setdefault(record.task, {})
            of_task.setdefault(record.method, {})[record.seed] = record
    return runs


def estimate(statement: Statement, runs: Runs) -> Found:
    """A statement's figure and interval, over the seeds that its rows have in common.

    Raises:
        ValueError: there are fewer than two.
    """
    seeds = sorted(set.intersection(*(set(runs.get(row, {})) for row in statement.rows)))
    if len(seeds) < 2:
        raise ValueError(f"{' and '.join(statement.rows)} have fewer than two seeds in common")
    first, *second = statement.rows
    name = statement.metric
    return over_seeds(
        [
            runs[first][seed].metrics[name] - sum(runs[row][seed].metrics[name] for row in second)
            for seed in seeds
        ]
    )


def over_seeds(values: Sequence[float]) -> Found:
    """The mean of two or more seeds' values, and its 95% interval by Student's t."""
    margin = float(student.ppf(0.975, len(values) - 1)) * stdev(values) / sqrt(len(values))
    return Found(fmean(values), margin, len(values))


def find_all(runs: Mapping[str, Runs], tell: Callable[[str], None]) -> dict[Statement, Found]:
    """Estimate every statement whose rows have runs, and tell each as it is found."""
    found = {}
    for statement in STATEMENTS:
        try:
            found[statement] = estimate(statement, runs.get(statement.task, {}))
        except ValueError as error:
            tell(f"{statement.task}: {statement.says}: {error}")
        else:
            tell(f"{statement.task}: {sentence_of(statement, found[statement])}")
    return found


def write(found: Mapping[Statement, Found], path: Path = FOUND) -> None:
    """Keep what was found, a row a statement."""
    kept.write(path, COLUMNS, {statement.where: one for statement, one in found.items()})


def main() -> None:
    """Print every statement; with --write, keep them."""
    parser = argparse.ArgumentParser(
        description="What the suite selection shows, with intervals.",
        epilog="example: python -m suites.selection.findings --write",
    )
    parser.add_argument("--published", type=Path, default=PUBLISHED, metavar="DIR")
    parser.add_argument("--write", action="store_true", help=f"keep the figures in {FOUND.name}")
    asked = parser.parse_args()
    try:
        runs = published_runs(asked.published)
    except PublishedError as error:
        sys.exit(f"error: {error}")
    found = find_all(runs, print)
    if asked.write:
        write(found)


if __name__ == "__main__":
    main()
