"""My suite's contract, held against a method on a tiny problem: `python -m bench try` calls it.

A breach is one sentence that starts with file and line. Not here: what can be told from the
declaration alone, which the engine checks itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from bench.catalogue.registry import Method
from bench.contract.job import ContractError, Diverged
from bench.metering.budget import Budget
from bench.metering.meter import Meter

from .definition import SUITE
from .harness import checked, to_output
from .problem import CLASSES, PIXELS, Problem

IMAGES = 30


def check(call: Callable[..., Any], method: Method) -> list[str]:
    """Every breach that a method commits on thirty random images.

    Args:
        call: its function.
        method: its declaration.
    """
    where = f"{method.path}:{method.line}: {method.name}"
    classifiers = []
    for _ in range(2):
        meter = Meter(Budget(), SUITE.counters)
        problem = tiny_problem(meter, method.needs)
        before = problem.images.clone()
        with meter:
            returned = call(problem, **(method.params or {}))
        if not torch.equal(problem.images, before):
            return [f"{where} changes problem.images. Work on a copy."]
        try:
            classifiers.append(checked(to_output(returned)))
        except (ContractError, Diverged) as error:
            return [f"{where}: {error}."]
    first, second = classifiers
    if not (torch.equal(first.weights, second.weights) and torch.equal(first.bias, second.bias)):
        return [f"{where} gives two answers to one problem. Draw from problem.generator alone."]
    return []


def tiny_problem(meter: Meter, needs: tuple[str, ...] = ()) -> Problem:
    """Random images, three of each class, the same at every call.

    Args:
        meter: what it charges.
        needs: what the method declares.
    """
    generator = torch.Generator().manual_seed(0)
    return Problem(
        images=torch.rand(IMAGES, PIXELS, generator=generator),
        classes=torch.arange(IMAGES) % CLASSES,
        generator=generator,
        _meter=meter,
        _unlabelled=(
            torch.rand(IMAGES, PIXELS, generator=generator) if "unlabelled" in needs else None
        ),
    )
