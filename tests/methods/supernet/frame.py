"""Small supernet problems for the tests of methods: a list, images and a meter, without truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from itertools import groupby
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from bench.catalogue.registry import catalogue
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.supernet.counters import COUNTERS
from suites.supernet.harness import ask
from suites.supernet.network import Weights
from suites.supernet.networks import small
from suites.supernet.optimiser import Updates
from suites.supernet.overlay import Examples, overlay
from suites.supernet.problem import Step, SupernetProblem
from suites.supernet.spaces import find
from suites.supernet.tasks import TASKS

METHODS = catalogue().methods["supernet"]

BATCH = 16
LISTS = {"micro201": "free", "macro": "free", "pooling": "all"}


def examples(part: str, count: int) -> Examples:
    """The first images of a list."""
    whole = overlay(part)
    return Examples(whole.images[:count], whole.labels[:count])


def problem_of(
    task: str,
    passes: float = 60,
    *,
    seed: int = 0,
    rows: int = 12,
    images: int = 128,
    **updates: Any,
) -> SupernetProblem:
    """What a method would be given, of batches of 16 images.

    Args:
        passes: the budget, of batches of this size.
        rows: how many architectures are ranked: the first of the list.
        images: for training.
        updates: settings of the updates that differ from the tasks'.
    """
    settings = next(t for t in TASKS if t.name == task).settings["small"]
    pass_flops = settings["pass_flops"] * BATCH / 128
    return SupernetProblem(
        space=find(task),
        architectures=find(task).lists[LISTS[task]][:rows],
        passes=passes,
        generator=Generator().manual_seed(seed),
        updates=replace(Updates(batch=BATCH), **updates),
        needs=("images", "budget"),
        _meter=Meter(Budget({"flops": passes * pass_flops}), COUNTERS),
        _pass_flops=pass_flops,
        _network=small(task),
        _training=examples("training", images),
        _validation=examples("validation", 64),
    )


@dataclass(frozen=True)
class Ran:
    """A method that has run.

    Attributes:
        problem: as it was left, its meter too.
        scores: of the problem's architectures.
    """

    problem: SupernetProblem
    scores: NDArray[np.float64]


def run(name: str, problem: SupernetProblem, **params: Any) -> Ran:
    """Call a method as the harness does, and ask its scorer.

    Args:
        name: the method's.
        params: hyperparameters that differ from its defaults.
    """
    method = METHODS[name]
    call = getattr(import_module(f"methods.supernet.{name}"), method.function)
    problem.needs = method.needs
    torch.manual_seed(problem.generator.initial_seed())
    meter = problem._meter
    with meter:
        scorer = call(problem, **{**method.params, **params})
    with meter, meter.apart("scoring", {}):
        return Ran(problem, ask(scorer, problem.architectures))


@dataclass(frozen=True)
class Seen:
    """One call of a problem's `step`.

    Attributes:
        path: the architecture.
        images, targets: as they were given.
        cost: passes that it took, without an update.
    """

    path: tuple[int, ...]
    images: Tensor
    targets: Tensor
    cost: float


def watched(problem: SupernetProblem) -> list[Seen]:
    """What a problem's steps are given, from now on; the steps are as they were."""
    seen: list[Seen] = []
    step = problem.step

    def watch(weights: Weights, path: Any, images: Tensor, targets: Tensor, *rest: Any) -> Step:
        before = problem.progress
        result = step(weights, path, images, targets, *rest)
        cost = (problem.progress - before) * problem.passes
        seen.append(Seen(tuple(map(int, path)), images, targets, cost))
        return result

    problem.step = watch  # type: ignore[method-assign]
    return seen


def by_batch(seen: list[Seen]) -> list[list[Seen]]:
    """The steps of each update: those on the same batch, in order."""
    groups = groupby(seen, key=lambda one: one.images.data_ptr())
    return [list(group) for _, group in groups]
