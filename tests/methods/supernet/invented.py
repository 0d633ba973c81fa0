"""Small supernet problems whose labels are invented, so that a test knows what can be learnt."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Generator

from bench.catalogue.registry import catalogue
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.supernet.counters import COUNTERS
from suites.supernet.network import Network
from suites.supernet.networks import small
from suites.supernet.optimiser import Updates
from suites.supernet.overlay import Examples, overlay
from suites.supernet.problem import Rows, SupernetProblem
from suites.supernet.spaces import Space, find

METHODS = catalogue().methods["supernet"]

LISTS = {"micro201": "free", "macro": "free", "pooling": "all"}

BATCH = 16


def invented(
    task: str,
    method: str,
    *,
    passes: float = 60,
    rows: int = 12,
    pool: int = 12,
    label_passes: float = 5,
    truth: Callable[[Space, Rows], NDArray[Any]] = lambda space, rows: space.count_parameters(rows),
    seed: int = 0,
) -> SupernetProblem:
    """What a method would be given, with batches of 16 images.

    Args:
        method: whose needs are met.
        rows, pool: how many architectures are ranked, and how many labels are for sale: the first
            of the list, and those that follow.
        truth: the labels of the pool's rows.
        seed: of the method's draws.
    """
    space, network = find(task), small(task)
    listed = space.lists[LISTS[task]]
    for_sale = listed[rows : rows + pool]
    pass_flops = network.pass_flops(BATCH)
    known = {"parameters": space.count_parameters(listed)}
    known |= {name: count(listed) for name, count in space.features.items()}
    return SupernetProblem(
        space=space,
        architectures=listed[:rows],
        passes=passes,
        generator=Generator().manual_seed(seed),
        updates=Updates(batch=BATCH),
        needs=METHODS[method].needs,
        _meter=Meter(Budget({"flops": passes * pass_flops}), COUNTERS),
        _pass_flops=pass_flops,
        _network=network,
        _training=_first("training", 256),
        _validation=_first("validation", 64),
        _facts={name: _by_row(listed, values) for name, values in known.items()},
        _pool=for_sale,
        _labels=np.asarray(truth(space, for_sale), dtype=np.float64),
        _label_passes=label_passes,
    )


def scorer_of(problem: SupernetProblem, method: str, **params: Any) -> Callable[[Rows], Any]:
    """What a method returns, called under the meter.

    Args:
        params: hyperparameters that differ from its defaults.
    """
    declared = METHODS[method]
    call = getattr(import_module(f"methods.supernet.{method}"), declared.function)
    with problem._meter:
        scorer: Callable[[Rows], Any] = call(problem, **{**(declared.params or {}), **params})
    return scorer


def ask(problem: SupernetProblem, scorer: Callable[[Rows], Any], rows: Rows) -> NDArray[np.float64]:
    """A scorer's answers, metered apart as the harness does."""
    with problem._meter, problem._meter.apart("scoring", {}):
        return np.asarray(scorer(rows), dtype=np.float64)


def scores_of(problem: SupernetProblem, method: str, **params: Any) -> NDArray[np.float64]:
    """What a method predicts of the architectures that are ranked."""
    return ask(problem, scorer_of(problem, method, **params), problem.architectures)


def network_of(problem: SupernetProblem) -> Network:
    """The problem's network, whatever the method needs."""
    assert problem._network is not None
    return problem._network


def _first(part: str, count: int) -> Examples:
    whole = overlay(part)
    return Examples(whole.images[:count], whole.labels[:count])


def _by_row(rows: Rows, values: NDArray[Any]) -> dict[bytes, float]:
    return {row.tobytes(): float(value) for row, value in zip(rows, values, strict=True)}
