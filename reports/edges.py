"""Where tuning ended: how often at the edge of a grid, for each method and hyperparameter.

Here: the table behind the rule that a grid is widened where more than half of the tuned runs end
at one of its edges (docs/write-a-suite.md). Not here: which point tuning keeps
(suites.common.tuning); changing a grid, which is a method's file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from bench.records.record import Record
from reports.frame import Column, Table

LIMIT = 0.5
"""A larger share of runs at the edges asks for a wider grid."""

FEWEST = 3
"""A grid of fewer values has no inside."""

COLUMNS = (
    Column("suite", "Suite"),
    Column("method", "Method"),
    Column("hyperparameter", "Hyperparameter"),
    Column("tried", "Tried"),
    Column("runs", "Runs", "figure", places=0),
    Column("lowest", "At the lowest", "figure", places=0),
    Column("highest", "At the highest", "figure", places=0),
    Column("share", "Share at an edge", "figure", places=2),
    Column("widen", "Widen"),
)


def edges_table(records: Iterable[Record]) -> Table:
    """One row for each method and hyperparameter whose tuning tried three numbers or more.

    A run counts once for each problem that it tuned on (a task of growing numbers of experts has
    several). What was tried is read from the record, so that a grid that changed since, or that a
    budget thinned, is taken as it was.

    Args:
        records: any; those that tuned nothing are left out.
    """
    ends: dict[tuple[str, str, str], list[tuple[float, float, float]]] = defaultdict(list)
    for record in records:
        details = record.details or {}
        trials = [trial["params"] for trial in details.get("validation", [])]
        for choice in _choices(details):
            for name, value in choice.items():
                values = {params[name] for params in trials if name in params}
                if len(values) >= FEWEST and all(_is_number(v) for v in values):
                    run = (value, min(values), max(values))
                    ends[record.suite, record.method, name].append(run)
    return Table(
        title="Where tuning ended",
        names=tuple(column.name for column in COLUMNS),
        values=[_row(key, runs) for key, runs in sorted(ends.items())],
        columns=COLUMNS,
        notes=(
            f"Widen a grid where more than {LIMIT:.0%} of the tuned runs end at one of its edges, "
            "unless the edge is where the hyperparameter itself ends.",
        ),
    )


def _choices(details: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The hyperparameters that a run chose, of each of its problems."""
    problems = [details, *details.get("problems", [])]
    return [problem["chosen"] for problem in problems if "chosen" in problem]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _row(
    key: tuple[str, str, str], runs: list[tuple[float, float, float]]
) -> dict[str, str | float]:
    lowest = sum(value == low for value, low, _high in runs)
    highest = sum(value == high for value, _low, high in runs)
    share = (lowest + highest) / len(runs)
    low, high = min(low for _, low, _ in runs), max(high for _, _, high in runs)
    suite, method, hyperparameter = key
    return {
        "suite": suite,
        "method": method,
        "hyperparameter": hyperparameter,
        "tried": f"{low:g} to {high:g}",
        "runs": len(runs),
        "lowest": lowest,
        "highest": highest,
        "share": share,
        "widen": "yes" if share > LIMIT else "",
    }
