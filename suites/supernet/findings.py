"""What the suite was built to show, with intervals that leave room for another truth.

    python -m suites.supernet.findings [--published DIR]

Prints, for each statement of the suite's notes, its figure and a 95% interval. Tables give
intervals over the methods' seeds, at this truth and these architectures; here architectures are
drawn again from the list, and the truth's seeds for each of them, and the variance over the
methods' seeds is added. Predictions are read from the files that runs keep (`predicted.csv`).
Not here: any figure of a table or of the site.
"""

from __future__ import annotations

import argparse
import csv
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot, sqrt
from pathlib import Path
from statistics import NormalDist, fmean, variance

import numpy as np
from numpy.typing import NDArray

from bench.catalogue.modules import ROOT
from bench.records.kept import file_name
from bench.records.published import PUBLISHED
from bench.records.published import read as read_records
from bench.records.record import Record
from suites.common.draws import generator
from suites.supernet import measures
from suites.supernet.spaces import find
from suites.supernet.spaces.space import digits
from suites.supernet.tasks import TASKS
from suites.supernet.truth.shipped import TABLES
from suites.supernet.truth.table import read

Floats = NDArray[np.float64]

DRAWS = 100
"""Resamples of architectures and seeds for each statement."""

PARAMS = "params"
"""The reference that keeps no file: its predictions are a column of the table."""


@dataclass(frozen=True)
class Statement:
    """A figure of one method, or of how far it is above another's.

    Attributes:
        task, listed: whose architectures.
        figure: `tau`, `tau_equal_parameters` or `tau_equal_chain`.
        first, second: methods; without a second the figure itself.
    """

    task: str
    listed: str
    figure: str
    first: str
    second: str = ""

    @property
    def methods(self) -> list[str]:
        """Those whose runs it reads."""
        return [name for name in (self.first, self.second) if name not in ("", PARAMS)]


STATEMENTS = (
    *(
        Statement("micro201", listed, figure, first, second)
        for listed, figure in (("equal", "tau"), ("equal", "tau_equal_chain"))
        for first, second in (
            ("spos", ""),
            ("fairnas", ""),
            ("spos", "chain"),
            ("spos", "synflow"),
            ("fairnas", "spos"),
            ("fewshot", "spos"),
        )
    ),
    *(Statement("micro201", "free", "tau", m, PARAMS) for m in ("spos", "fairnas", "synflow")),
    *(Statement("micro201", "free", "tau_equal_parameters", m) for m in ("spos", "chain")),
    Statement("macro", "free", "tau", PARAMS),
    *(Statement("macro", "free", "tau", m, PARAMS) for m in ("spos", "sandwich")),
    *(Statement("macro", "band", "tau", m, "spos") for m in ("sandwich", "spos_untangled")),
    *(Statement("pooling", "all", "tau", m) for m in ("spos", "spos_running")),
    *(
        Statement("pooling", "all", "tau", m, "spos")
        for m in ("balanced_mixture", "spos_running", "late_pooling")
    ),
)


class ListedTruth:
    """The truth of one list, and the pairs that a figure is over."""

    def __init__(self, task: str, listed: str) -> None:
        table = read(ROOT / TABLES[task].path)
        rows = table.lists[listed]
        settings = next(t for t in TASKS if t.name == task).settings["small"]
        chain = find(task).features.get("chain")
        self.rows = table.architectures[rows]
        self.accuracy = table.measures["test_accuracy"][rows]
        self.parameters = table.parameters[rows]
        self.chain = chain(self.rows) if chain else np.zeros(len(rows), dtype=np.int64)
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
    ) -> list[float]:
        """The figure of each seed, over the architectures that it was asked for."""
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
        return found


def _kept(record: Record, folder: Path) -> dict[str, float]:
    """A run's predictions by its architectures' digits."""
    entry = record.artefacts["predicted.csv"]
    file = folder / record.suite / "kept" / f"{file_name('predicted.csv', entry['digest'])}.gz"
    _, *lines = csv.reader(gzip.decompress(file.read_bytes()).decode().splitlines())
    return {architecture: float(predicted) for architecture, predicted in lines}


def estimate(
    statement: Statement, by_method: Mapping[str, Sequence[Record]], folder: Path
) -> tuple[float, float]:
    """A statement's figure, the mean over seeds, and half the width of its 95% interval.

    Raises:
        KeyError: a method has no record on the task.
    """
    truth = ListedTruth(statement.task, statement.listed)
    seeds = next((len(by_method[method]) for method in statement.methods), 1)

    def predicted(method: str) -> Floats:
        if method == PARAMS:
            return np.repeat(truth.parameters[:, None].astype(np.float64), seeds, axis=1)
        return truth.predictions(by_method[method], folder)

    first = predicted(statement.first)
    second = predicted(statement.second) if statement.second else np.zeros_like(first)

    def each(one: Floats, true: Floats, other: Floats, *labels: Floats) -> list[float]:
        values = truth.figure(statement.figure, one, true, *labels)
        others = truth.figure(statement.figure, other, true, *labels)
        return [a - b for a, b in zip(values, others, strict=True)]

    also = [second, truth.parameters.astype(np.float64), truth.chain.astype(np.float64)]
    by_seed = each(first, measures.mean_truth(truth.accuracy), *also)
    drawn = measures.interval(
        lambda *arrays: fmean(each(*arrays)),
        first,
        truth.accuracy,
        generator(0, f"supernet/findings/{statement}"),
        also=also,
        draws=DRAWS,
    )
    mean, own = fmean(by_seed), 0.0
    if drawn is not None:
        own = (drawn[1] - drawn[0]) / 2
    spread = variance(by_seed) / len(by_seed) if len(by_seed) > 1 else 0.0
    return mean, hypot(own, NormalDist().inv_cdf(0.975) * sqrt(spread))


def main() -> None:
    """Print every statement whose methods have published runs."""
    parser = argparse.ArgumentParser(description="What the suite shows, with intervals.")
    parser.add_argument("--published", type=Path, default=PUBLISHED, metavar="DIR")
    folder = parser.parse_args().published
    records: dict[tuple[str, str], list[Record]] = {}
    for record in read_records(folder):
        if record.suite == "supernet" and record.tier == "small" and record.status == "ok":
            records.setdefault((record.task, record.method), []).append(record)
    for statement in STATEMENTS:
        own = {
            method: sorted(runs, key=lambda record: record.seed)
            for (task, method), runs in records.items()
            if task == statement.task
        }
        where = f"{statement.task}, {statement.listed}, {statement.figure}"
        what = f"{statement.first} - {statement.second}" if statement.second else statement.first
        missing = [method for method in statement.methods if method not in own]
        if missing:
            print(f"{where}: {what}: no published runs of {', '.join(missing)}")
        else:
            mean, half = estimate(statement, own, folder)
            print(f"{where}: {what}: {mean:.2f} +- {half:.2f}")


if __name__ == "__main__":
    main()
