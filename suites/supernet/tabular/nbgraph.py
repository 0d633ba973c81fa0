"""NAS-Bench-Graph's table of ogbn-arxiv: 26,206 graph networks, each trained three times.

A network has four nodes; each takes the output of an earlier one, or of the input, and applies an
operation; what no node takes goes to the output. No two rows are the same network. Sources: Qin,
Zhang, Wang, Zhang and Zhu, "NAS-Bench-Graph", https://arxiv.org/abs/2206.09166; the package
nas-bench-graph 1.4.0, see NOTICE.md.

Columns of nbgraph.csv.gz, rows in ascending order of the first:
    network      five digits: which of LINKS, then each node's operation, a number in OPERATIONS
    validation   accuracy on the validation nodes, the mean over three seeds, in 3,000ths: the
                 authors' figures have three decimals a seed
    test         nodes of the test split that three seeds classify rightly together, of 3 x 48,603
    latency      microseconds, rounded; of the authors' GPU
    parameters   of the network

The package has no single seeds of this table, so nothing says here how noisy one is; test against
validation says it roughly. Here: reading the table. Not here: how it was made
(suites.supernet.tabular.extract).
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from bench.contract.job import Output

LINKS = (
    (0, 0, 0, 0),
    (0, 0, 0, 1),
    (0, 0, 1, 1),
    (0, 0, 1, 2),
    (0, 0, 1, 3),
    (0, 1, 1, 1),
    (0, 1, 1, 2),
    (0, 1, 2, 2),
    (0, 1, 2, 3),
)
"""Of each node what it takes: 0 for the input, else the node of that number, from 1."""

OPERATIONS = ("gat", "gcn", "gin", "cheb", "sage", "arma", "graph", "fc", "skip")
"""Graph attention, convolution and so on, as the authors call them; fully connected; skip."""

COLUMNS = ("network", "validation", "test", "latency", "parameters")

VALIDATION, TEST = 3_000, 3 * 48_603
"""What `validation` and `test` are parts of."""


@dataclass(frozen=True)
class NbGraph:
    """All rows, in order.

    Attributes:
        architectures: int8, (rows, 5): the number of LINKS, then four of OPERATIONS.
        validation, test: accuracy, fractions, means over three seeds, (rows,).
        latency: seconds, (rows,).
        parameters: int64, (rows,).
    """

    architectures: NDArray[np.int8]
    validation: NDArray[np.float64]
    test: NDArray[np.float64]
    latency: NDArray[np.float64]
    parameters: NDArray[np.int64]


def read(path: Path) -> NbGraph:
    """Read the table.

    Args:
        path: of the compressed file, verified by whoever calls.
    """
    rows = list(csv.DictReader(gzip.decompress(path.read_bytes()).decode().splitlines()))

    def numbers(column: str) -> NDArray[np.int64]:
        return np.array([int(row[column]) for row in rows])

    return NbGraph(
        architectures=np.array([[int(d) for d in row["network"]] for row in rows], dtype=np.int8),
        validation=numbers("validation") / VALIDATION,
        test=numbers("test") / TEST,
        latency=numbers("latency") / 1e6,
        parameters=numbers("parameters"),
    )


def load(arguments: Mapping[str, Any], path: Path) -> Output:
    """The table as an asset: tensors of the names and shapes that `NbGraph` has."""
    return Output({name: torch.from_numpy(values) for name, values in vars(read(path)).items()})
