"""Reads a shipped table of ground truth.

A module of its own with few imports, as an asset's key covers all that its builder imports: what
changes a network or a space leaves a table that is shipped as it is. Not here: how a table is made
(suites.supernet.truth.writing), which file is which (suites.supernet.truth.shipped).
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.contract.job import Output

PARAMETERS, FLOPS, LIST = "parameters", "flops", "list_"
"""Columns; those before `parameters` are the architecture's digits, and each list has its own."""

MEASURES = ("test_accuracy", "test_loss", "validation_accuracy", "validation_loss")
"""Columns of each seed, as `test_accuracy_0`: shares, and mean cross-entropies."""


@dataclass(frozen=True)
class TruthTable:
    """What every listed architecture of a space reaches when it is trained alone.

    Attributes:
        architectures: int8, shape (rows, places).
        parameters: of the architecture alone, shape (rows,), int64.
        flops: forward, of one image, shape (rows,), float64.
        lists: by name the rows of each list in the list's order, int64.
        measures: by name (see MEASURES), float64, shape (rows, seeds); NaN where an architecture
            has fewer seeds than others.
    """

    architectures: NDArray[np.int8]
    parameters: NDArray[np.int64]
    flops: NDArray[np.float64]
    lists: Mapping[str, NDArray[np.int64]]
    measures: Mapping[str, NDArray[np.float64]]


def read_lines(path: Path) -> list[str]:
    """The table's lines as they stand; the first names the columns."""
    return gzip.decompress(path.read_bytes()).decode().splitlines()


def read(path: Path) -> TruthTable:
    """Read a table.

    Args:
        path: of the compressed file, verified by whoever calls.
    """
    header, *rows = csv.reader(read_lines(path))
    by_name = dict(zip(header, zip(*rows, strict=True), strict=True))
    places = header[: header.index(PARAMETERS)]
    seeds = sum(name.startswith(f"{MEASURES[0]}_") for name in header)
    return TruthTable(
        np.array([[int(digit) for digit in row[: len(places)]] for row in rows], dtype=np.int8),
        np.array(by_name[PARAMETERS], dtype=np.int64),
        np.array(by_name[FLOPS], dtype=np.float64),
        {
            name.removeprefix(LIST): _order(column)
            for name, column in by_name.items()
            if name.startswith(LIST)
        },
        {
            measure: np.array(
                [_numbers(by_name[f"{measure}_{seed}"]) for seed in range(seeds)], dtype=np.float64
            ).T
            for measure in MEASURES
        },
    )


def answers(_arguments: Mapping[str, Any], path: Path) -> Output:
    """Builds the asset of the whole table: the attributes of `TruthTable` as tensors.

    Returns:
        `architectures`, `parameters`, `flops`; `list_NAME` for each list; each measure by its name.
    """
    import torch

    table = read(path)
    arrays: dict[str, NDArray[Any]] = {
        "architectures": table.architectures,
        PARAMETERS: table.parameters,
        FLOPS: table.flops,
        **{f"{LIST}{name}": rows for name, rows in table.lists.items()},
        **table.measures,
    }
    return Output({name: torch.from_numpy(array.copy()) for name, array in arrays.items()})


def _order(column: Sequence[str]) -> NDArray[np.int64]:
    """Row numbers in the order of their places on a list; a row that isn't on it is empty."""
    places = [(int(place), row) for row, place in enumerate(column) if place]
    return np.array([row for _, row in sorted(places)], dtype=np.int64)


def _numbers(column: Sequence[str]) -> list[float]:
    return [float(number) if number else np.nan for number in column]
