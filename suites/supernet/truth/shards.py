"""Shards: files of finished trainings, 64 architectures each.

A shard has a line for its heading and one for each training, written as soon as that has ended, so
that a killed build loses nothing but what was in training. A lock beside it lets several builds
work on one folder. Here: one shard's file, and building it. Not here: who builds which
(suites.supernet.truth.build), the table made of them (suites.supernet.truth.table).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout

from suites.supernet.networks import small
from suites.supernet.truth.plans import PLANS, Plan
from suites.supernet.truth.training import Outcome, train_alone

ARCHITECTURES = 64
"""In each shard but the last."""


class StaleShard(Exception):
    """A shard's file was made for another recipe or list; the message says which file."""


@dataclass(frozen=True)
class Training:
    """One training that a shard asks for."""

    architecture: tuple[int, ...]
    seed: int


@dataclass(frozen=True)
class Shard:
    """A part of a space's ground truth.

    Attributes:
        space: its name.
        number: of the shard, from 0.
        folder: where its file lies.
    """

    space: str
    number: int
    folder: Path

    @property
    def path(self) -> Path:
        """Its file."""
        return self.folder / f"{self.space}-{self.number:02d}.jsonl"

    def trainings(self) -> list[Training]:
        """All that it consists of, in order."""
        rows, seeds = PLANS[self.space].rows()
        own = slice(self.number * ARCHITECTURES, (self.number + 1) * ARCHITECTURES)
        return [
            Training(tuple(int(choice) for choice in row), seed)
            for row, count in zip(rows[own], seeds[own], strict=True)
            for seed in range(count)
        ]

    def finished(self) -> dict[Training, Outcome]:
        """The trainings that its file holds; a line that was cut off by a kill doesn't count.

        Raises:
            StaleShard: it was made for another recipe.
        """
        if not self.path.exists():
            return {}
        lines = self.path.read_text().splitlines(keepends=True)
        whole = [json.loads(line) for line in lines if line.endswith("\n")]
        if whole and whole[0] != heading(PLANS[self.space]):
            raise StaleShard(
                f"{self.path} was made for another recipe or network: {whole[0]}; remove that "
                "file, or give another --folder"
            )
        return {
            Training(tuple(line["architecture"]), line["seed"]): Outcome(**line["outcome"])
            for line in whole[1:]
        }


def shards(space: str, folder: Path) -> list[Shard]:
    """All shards of a space."""
    rows, _ = PLANS[space].rows()
    return [Shard(space, number, folder) for number in range(-(-len(rows) // ARCHITECTURES))]


def build_shard(shard: Shard) -> bool:
    """Make what is missing of a shard; False where another build is at it.

    Raises:
        StaleShard: its file was made for another recipe.
    """
    torch.set_num_threads(1)
    try:
        with FileLock(f"{shard.path}.lock", timeout=0):
            _complete(shard)
    except Timeout:
        return False
    return True


def _complete(shard: Shard) -> None:
    finished = shard.finished()
    plan, network = PLANS[shard.space], small(shard.space)
    with _appending(shard) as write:
        for training in shard.trainings():
            if training in finished:
                continue
            outcome = train_alone(network, training.architecture, plan.recipe, training.seed)
            write({**asdict(training), "outcome": asdict(outcome)})


@contextmanager
def _appending(shard: Shard) -> Iterator[Any]:
    """A function that adds a line, on the disk when it returns; what was cut off is removed."""
    with shard.path.open("a+b") as file:
        file.seek(0)
        whole = file.read().rpartition(b"\n")
        file.truncate(len(whole[0] + whole[1]))

        def write(line: dict[str, Any]) -> None:
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

        if not whole[1]:
            write(heading(PLANS[shard.space]))
        yield write


def heading(plan: Plan) -> dict[str, Any]:
    """A shard's first line: what its trainings hang on."""
    shapes = {name: list(shape) for name, shape in small(plan.space).shapes().items()}
    return {"space": plan.space, "recipe": asdict(plan.recipe), "weights": shapes}
