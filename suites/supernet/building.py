"""Builds what the runs of a task share: its list, the pool of labels, images, and the answers.

Here: the tasks of spaces that are trained here; the truth comes from a shipped table. Not here: the
tasks of other people's tables (suites.supernet.tabular), how a table is read
(suites.supernet.truth.table).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from bench.contract.job import Assets, Output
from suites.common.draws import generator
from suites.supernet.cifar import cifar10
from suites.supernet.given import FACT
from suites.supernet.networks import build
from suites.supernet.overlay import Examples, overlay
from suites.supernet.spaces import find

IMAGES: Mapping[str, Callable[[str], Examples]] = {"overlay": overlay, "cifar10": cifar10}

POOL_SHARE = 0.25
"""The part of the list whose labels can be bought, and which no method ranks."""


def build_list(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """The architectures of all lists, each once, what is counted of them, and where lists lie.

    Args:
        arguments: `space`, `network` and `lists`, list -> how many of its first, or None for all.
    """
    space, network = find(arguments["space"]), build(arguments["network"])
    number: dict[tuple[int, ...], int] = {}
    lists = {}
    for name, count in arguments["lists"].items():
        rows = [space.check(row) for row in space.lists[name][:count]]
        for row in rows:
            number.setdefault(row, len(number))
        lists[name] = [number[row] for row in rows]
    architectures = np.array(list(number), dtype=np.int8)
    facts: dict[str, Any] = {
        "parameters": space.count_parameters(architectures),
        "flops": [network.flops(row, 1) for row in architectures],
        **{name: count(architectures) for name, count in space.features.items()},
    }
    return Output(
        {
            "architectures": torch.from_numpy(architectures),
            **{FACT + n: torch.tensor(v, dtype=torch.float64) for n, v in facts.items()},
        },
        {"lists": lists},
    )


def build_pool(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """A quarter of the list, drawn by the seed, with one seed's validation accuracies.

    Args:
        arguments: `seed`.
        inputs: `list` and `answers`.
    """
    draws = generator(arguments["seed"], "supernet/pool")
    accuracies = inputs["answers"].tensors["validation"]
    count = round(len(accuracies) * POOL_SHARE)
    rows = torch.randperm(len(accuracies), generator=draws)[:count].sort().values
    return Output({"rows": rows, "labels": _one_seed(accuracies[rows], draws)})


def _one_seed(accuracies: Tensor, draws: torch.Generator) -> Tensor:
    """Of each architecture the accuracy of one of the seeds that it has, shape (n,)."""
    there = accuracies.isfinite()
    order = torch.rand(accuracies.shape, generator=draws).where(there, torch.inf)
    return accuracies.gather(1, order.argmin(1, keepdim=True))[:, 0]


def build_answers(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """The truth of the list's architectures, in its order: accuracies and losses of every seed.

    Args:
        arguments: `columns`: `accuracy`, `validation` and perhaps `loss` -> the table's tensor.
        inputs: `list` and `truth`.
    """
    truth = inputs["truth"].tensors
    number = {row.tobytes(): i for i, row in enumerate(truth["architectures"].numpy())}
    rows = [number[row.tobytes()] for row in inputs["list"].tensors["architectures"].numpy()]
    return Output({name: truth[column][rows] for name, column in arguments["columns"].items()})


def build_images(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """Images to train on and to score by; the test's are nowhere but in the truth.

    Args:
        arguments: `images`, `overlay` or `cifar10`.
    """
    tensors = {}
    for part in ("training", "validation"):
        examples = IMAGES[arguments["images"]](part)
        tensors[f"{part}_images"] = examples.images
        tensors[f"{part}_labels"] = examples.labels
    return Output(tensors)
