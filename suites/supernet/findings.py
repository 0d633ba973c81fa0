"""The figures of the suite's statements, with intervals that leave room for another truth.

    python -m suites.supernet.findings [--published DIR] [--write]

Prints each statement with what was found; `--write` keeps the figures beside the statements, from
where the tasks' notes take them. Tables give intervals over the methods' seeds, at this truth and
these architectures; here, for spaces that are trained, architectures are drawn again from the list,
and the truth's seeds for each of them, and the variance over the methods' seeds is added. A task on
other people's table draws other architectures for each seed, so its seeds are all there is.
Predictions are read from the files that runs keep (`predicted.csv`).
Not here: the statements (suites.supernet.statements), any figure of a table or of the site.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from pathlib import Path
from statistics import NormalDist, fmean, variance

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from bench.catalogue.modules import ROOT
from bench.records.published import PUBLISHED, PublishedError, artefact
from bench.records.published import read as read_records
from bench.records.record import Record
from suites.common import found as kept
from suites.common.draws import generator
from suites.common.found import Found
from suites.supernet import measures
from suites.supernet.scoring import of_most
from suites.supernet.spaces import find
from suites.supernet.spaces.space import digits
from suites.supernet.statements import COLUMNS, FOUND, PARAMS, STATEMENTS, Statement
from suites.supernet.statements import sentence as sentence_of
from suites.supernet.tasks import TASKS
from suites.supernet.truth.shipped import TABLES
from suites.supernet.truth.table import read

Floats = NDArray[np.float64]

DRAWS = 100
"""Resamples of architectures and seeds for each statement."""

KEPT = "predicted.csv"
"""What each run keeps: its predictions with the largest budget."""

Runs = Mapping[str, Mapping[int, Record]]
"""A task's records, by method and seed."""


class ListedTruth:
    """The truth of one list, and the pairs that a figure is over."""

    def __init__(self, task: str, listed: str) -> None:
        table = read(ROOT / TABLES[task].path)
        rows = table.lists[listed or "all"]
        settings = next(t for t in TASKS if t.name == task).settings["small"]
        chain = find(task).features.get("chain")
        self.rows = table.architectures[rows]
        self.accuracy = of_most(table.measures["test_accuracy"][rows])
        self.parameters = table.parameters[rows].astype(np.float64)
        self.chain = (chain(self.rows) if chain else np.zeros(len(rows))).astype(np.float64)
        self.within = settings["equal_within"]

    def predictions(self, records: Sequence[Record], folder: Path) -> Floats:
        """What runs of one method predict of the list, (architectures, seeds); NaN: not asked."""
        columns = []
        for record in records:
            known = _kept(record, folder)
            columns.append([known.get(digits(row), np.nan) for row in self.rows])
        return np.array(columns, dtype=np.float64).T

    def figure(
        self, name: str, predicted: Floats, true: Floats, parameters: Floats, chain: Floats
    ) -> float:
        """The mean of a figure over seeds, each over the architectures that it was asked for."""
        found = []
        for column in predicted.T:
            asked = ~np.isnan(column)
            pairs = None
            if name != "tau":
                pairs = measures.equal_pairs(parameters[asked], self.within)
                if name == "tau_equal_chain":
                    pairs = pairs & measures.equal_pairs(chain[asked])
            value = measures.tau(column[asked], true[asked], pairs)
            found.append(0.0 if value is None else value)
        return fmean(found)


def _kept(record: Record, folder: Path) -> dict[str, float]:
    """A run's predictions by its architectures' digits."""
    _, *lines = csv.reader(artefact(record, KEPT, folder).decode().splitlines())
    return {architecture: float(predicted) for architecture, predicted in lines}


def estimate(statement: Statement, runs: Runs, folder: Path) -> Found:
    """A statement's figure and interval, over the seeds that all its methods have.

    Args:
        runs: of the statement's task.
        folder: of published records.
    Raises:
        ValueError: its methods have fewer than two seeds in common.
    """
    seeds = sorted(set.intersection(*(set(runs.get(name, {})) for name in statement.methods)))
    if len(seeds) < 2:
        raise ValueError(f"{' and '.join(statement.methods)} have fewer than two seeds in common")
    values = _by_seed(statement, runs, seeds)
    shipped = statement.task in TABLES
    return _found(values, _deviation(statement, runs, seeds, folder) if shipped else 0.0)


def _by_seed(statement: Statement, runs: Runs, seeds: Sequence[int]) -> list[float]:
    """Each seed's figure, as the records have it, so that no table says otherwise."""
    name = statement.metric
    first, *second = statement.methods
    return [
        runs[first][seed].metrics[name] - sum(runs[other][seed].metrics[name] for other in second)
        for seed in seeds
    ]


def _deviation(statement: Statement, runs: Runs, seeds: Sequence[int], folder: Path) -> float:
    """Of the mean over seeds, over other architectures and other seeds of the truth."""
    truth = ListedTruth(statement.task, statement.listed)
    keeps = next(
        own for own in runs.values() if all(s in own and KEPT in own[s].artefacts for s in seeds)
    )

    def predicted(method: str) -> Floats:
        if method != PARAMS:
            return truth.predictions([runs[method][seed] for seed in seeds], folder)
        # A reference keeps no file; it answers for the architectures that every run is asked for.
        asked = truth.predictions([keeps[seed] for seed in seeds], folder)
        return np.where(np.isnan(asked), np.nan, truth.parameters[:, None])

    both = [predicted(method) for method in statement.methods]

    def mean(first: Floats, true: Floats, *rest: Floats) -> float:
        *second, parameters, chain = rest
        value = truth.figure(statement.figure, first, true, parameters, chain)
        return value - sum(
            truth.figure(statement.figure, other, true, parameters, chain) for other in second
        )

    interval = measures.interval(
        mean,
        both[0],
        truth.accuracy,
        generator(0, f"supernet/findings/{statement.where}"),
        also=[*both[1:], truth.parameters, truth.chain],
        draws=DRAWS,
    )
    if interval is None:
        raise ValueError(f"`{statement.listed}` has no two architectures to compare")
    return (interval[1] - interval[0]) / 2 / NormalDist().inv_cdf(0.975)


def _found(values: Sequence[float], deviation: float) -> Found:
    """The mean over seeds, and its 95% interval.

    The two variances are added: of the mean over seeds, which is estimated from them, and of
    architectures and truths, which is taken for known. Student's degrees of freedom are Welch and
    Satterthwaite's.

    Args:
        values: of each seed.
        deviation: of the mean, over architectures and truths.
    """
    own = variance(values) / len(values)
    together = own + deviation**2
    if not together:
        return Found(fmean(values), 0.0, len(values))
    freedom = (len(values) - 1) * (together / own) ** 2 if own else float("inf")
    margin = float(student.ppf(0.975, freedom)) * sqrt(together)
    return Found(fmean(values), margin, len(values))


def published_runs(folder: Path) -> dict[str, dict[str, dict[int, Record]]]:
    """The suite's runs of tier small, by task, method and seed."""
    runs: dict[str, dict[str, dict[int, Record]]] = {}
    for record in read_records(folder):
        if record.suite == "supernet" and record.tier == "small" and record.status == "ok":
            of_task = runs.setdefault(record.task, {})
            of_task.setdefault(record.method, {})[record.seed] = record
    return runs


def write(found: Mapping[Statement, Found], path: Path = FOUND) -> None:
    """Keep what was found, a row a statement."""
    kept.write(path, COLUMNS, {statement.where: one for statement, one in found.items()})


def find_all(
    runs: Mapping[str, Runs], folder: Path, tell: Callable[[str], None]
) -> dict[Statement, Found]:
    """Estimate every statement whose methods have runs, and tell each as it is found."""
    found = {}
    for statement in STATEMENTS:
        try:
            found[statement] = estimate(statement, runs.get(statement.task, {}), folder)
        except ValueError as error:
            tell(f"{statement.task}: {statement.says}: {error}")
        else:
            tell(f"{statement.task}: {sentence_of(statement, found[statement])}")
    return found


def main() -> None:
    """Print every statement; with --write, keep them."""
    parser = argparse.ArgumentParser(
        description="What the suite supernet shows, with intervals.",
        epilog="example: python -m suites.supernet.findings --write",
    )
    parser.add_argument("--published", type=Path, default=PUBLISHED, metavar="DIR")
    parser.add_argument("--write", action="store_true", help=f"keep the figures in {FOUND.name}")
    asked = parser.parse_args()
    try:
        runs = published_runs(asked.published)
    except PublishedError as error:
        sys.exit(f"error: {error}")
    found = find_all(runs, asked.published, print)
    if asked.write:
        write(found)


if __name__ == "__main__":
    main()
