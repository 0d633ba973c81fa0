"""Writes the table of a space's ground truth, from its shards or one row at a time.

Numbers are written so that they read back to the last bit. Not here: reading it
(suites.supernet.truth.table), trainings (suites.supernet.truth.training).
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from suites.supernet.networks import small
from suites.supernet.spaces import find
from suites.supernet.spaces.space import Figures
from suites.supernet.truth.plans import PLANS
from suites.supernet.truth.shards import Training, shards
from suites.supernet.truth.table import FLOPS, LIST, MEASURES, PARAMETERS
from suites.supernet.truth.training import Outcome, train_alone


class Unfinished(Exception):
    """A table was asked for before all of its trainings have ended; the message says how many."""


@dataclass(frozen=True)
class Layout:
    """Columns and rows of a space's table.

    Attributes:
        space: its name.
    """

    space: str

    @cached_property
    def rows(self) -> list[tuple[tuple[int, ...], int]]:
        """Each row's architecture and number of seeds."""
        rows, seeds = PLANS[self.space].rows()
        return [(tuple(int(d) for d in row), n) for row, n in zip(rows, seeds, strict=True)]

    @cached_property
    def header(self) -> list[str]:
        """The columns' names."""
        space, plan = find(self.space), PLANS[self.space]
        most = max(plan.seeds.values())
        return [
            *space.place_titles,
            PARAMETERS,
            FLOPS,
            *(f"{LIST}{name}" for name in plan.seeds),
            *(f"{measure}_{seed}" for seed in range(most) for measure in MEASURES),
        ]

    @cached_property
    def _parameters(self) -> Figures:
        return find(self.space).count_parameters(PLANS[self.space].rows()[0])

    @cached_property
    def _listed(self) -> dict[str, dict[tuple[int, ...], int]]:
        """For each list the place of each of its architectures."""
        return {
            name: {
                tuple(int(d) for d in row): place
                for place, row in enumerate(find(self.space).lists[name])
            }
            for name in PLANS[self.space].seeds
        }

    def line(self, number: int, outcomes: Sequence[Outcome]) -> list[str]:
        """One row as text.

        Args:
            number: of the row, from 0.
            outcomes: of its seeds in order.
        """
        architecture, _ = self.rows[number]
        measured: list[Any] = [getattr(o, measure) for o in outcomes for measure in MEASURES]
        cells = [
            *architecture,
            int(self._parameters[number]),
            int(small(self.space).flops(architecture, 1)),
            *(places.get(architecture, "") for places in self._listed.values()),
            *(repr(float(value)) for value in measured),
        ]
        return [str(cell) for cell in cells] + [""] * (len(self.header) - len(cells))


def write_table(space: str, folder: Path, path: Path) -> None:
    """Write the table of a space's finished shards; its bytes depend on them alone.

    Raises:
        Unfinished: trainings are missing.
        StaleShard: a shard was made for another recipe.
    """
    layout = Layout(space)
    finished: dict[Training, Outcome] = {}
    for shard in shards(space, folder):
        finished |= shard.finished()
    wanted = [Training(row, seed) for row, count in layout.rows for seed in range(count)]
    missing = sum(training not in finished for training in wanted)
    if missing:
        raise Unfinished(
            f"{missing:,} of {len(wanted):,} trainings of {space} aren't in {folder} yet; "
            f"`python -m suites.supernet.truth build {space} --folder {folder}` makes them"
        )
    lines = [layout.header]
    for number, (row, count) in enumerate(layout.rows):
        lines.append(layout.line(number, [finished[Training(row, seed)] for seed in range(count)]))
    path.write_bytes(gzip.compress(as_csv(lines).encode(), mtime=0))


def as_csv(lines: Sequence[Sequence[str]]) -> str:
    """Cells as text, a line each."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def train_row(space: str, number: int) -> str:
    """A row's line, by training its architecture anew from each seed, with one thread.

    Raises:
        ValueError: the table has no such row.
    """
    layout = Layout(space)
    if not 0 <= number < len(layout.rows):
        raise ValueError(f"{space} has rows 0 to {len(layout.rows) - 1}, so none {number}")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        architecture, count = layout.rows[number]
        recipe, network = PLANS[space].recipe, small(space)
        outcomes = [train_alone(network, architecture, recipe, seed) for seed in range(count)]
    finally:
        torch.set_num_threads(threads)
    return as_csv([layout.line(number, outcomes)]).strip()
