"""Builds what the runs of a table's task share: a list drawn by the seed, and its answers.

Here: rows of a shipped table of other people's results. There are no images and no network. Not
here: reading the tables (suites.supernet.tabular.nb201, suites.supernet.tabular.nbgraph), the pool
of labels (suites.supernet.building).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from bench.contract.job import Assets, Output
from suites.common.draws import generator
from suites.supernet.given import FACT
from suites.supernet.spaces.micro201 import alive, chain, depth3

SETS = ("cifar10", "cifar100", "imagenet")
"""NAS-Bench-201's data sets; the first gives what is known of a cell and its labels."""


def build_list(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """Architectures drawn from a table, and what it tells of them but their accuracy.

    Args:
        arguments: `table`, `lists` (list -> how many; all of them the same rows) and `seed`.
        inputs: `table`.
    """
    table = inputs["table"].tensors
    counts = list(arguments["lists"].values())
    draws = generator(arguments["seed"], f"supernet/{arguments['table']}/list")
    eligible = DRAWN_FROM[arguments["table"]](table)
    rows = eligible[torch.randperm(len(eligible), generator=draws)[: counts[0]]]
    facts = FACTS[arguments["table"]](table, rows)
    return Output(
        {
            "architectures": table["architectures"][rows],
            "table_rows": rows,
            **{FACT + name: values.double() for name, values in facts.items()},
        },
        {"lists": {name: list(range(len(rows))) for name in arguments["lists"]}},
    )


def _nb201_rows(table: Mapping[str, Tensor]) -> Tensor:
    """Cells that are alive and different, all of whose trainings are of their own size: 5,723."""
    digits = torch.from_numpy(alive()).long()
    rows = digits @ (5 ** torch.arange(digits.shape[1] - 1, -1, -1))  # row n has n's digits
    trained = table[f"{SETS[0]}/accuracy"].isfinite()
    return rows[(table["own_size"] | ~trained).all(1)[rows]]


def _nbgraph_rows(table: Mapping[str, Tensor]) -> Tensor:
    """All: no two are the same network."""
    return torch.arange(len(table["architectures"]))


DRAWN_FROM = {"nb201": _nb201_rows, "nbgraph": _nbgraph_rows}
"""Of each table the numbers of the rows that a list is drawn from."""


def _nb201_facts(table: Mapping[str, Tensor], rows: Tensor) -> dict[str, Tensor]:
    cells = table["architectures"][rows].numpy()
    return {
        "parameters": table[f"{SETS[0]}/parameters"][rows],
        "flops": 2.0 * table[f"{SETS[0]}/multiply_adds"][rows],
        "latency": table[f"{SETS[0]}/latency"][rows],
        "depth3": torch.from_numpy(depth3(cells)),
        "chain": torch.from_numpy(chain(cells)),
    }


def _nbgraph_facts(table: Mapping[str, Tensor], rows: Tensor) -> dict[str, Tensor]:
    return {name: table[name][rows] for name in ("parameters", "latency")}


FACTS = {"nb201": _nb201_facts, "nbgraph": _nbgraph_facts}


def build_answers(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """The truth of the list's architectures, in its order, each of shape (n, seeds).

    NAS-Bench-201's is the validation accuracy, as its table has no other, of each data set;
    NAS-Bench-Graph's the test accuracy, a mean over seeds that aren't told apart.

    Args:
        arguments: `table`.
        inputs: `list` and `table`.
    """
    table, rows = inputs["table"].tensors, inputs["list"].tensors["table_rows"]
    if arguments["table"] == "nbgraph":
        measured = {"accuracy": "test", "validation": "validation"}
        return Output({name: table[column][rows, None] for name, column in measured.items()})
    tensors = {f"accuracy/{name}": table[f"{name}/accuracy"][rows] for name in SETS}
    return Output({**tensors, "validation": tensors[f"accuracy/{SETS[0]}"]})
