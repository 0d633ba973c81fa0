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

from .definition import COUNTERS
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
        problem = tiny_problem(method.needs)
        before = problem.images.clone()
        with problem.meter:
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


def tiny_problem(needs: tuple[str, ...] = ()) -> Problem:
    """Random images, three of each class, the same at every call."""
    generator = torch.Generator().manual_seed(0)
    return Problem(
        images=torch.rand(IMAGES, PIXELS, generator=generator),
        classes=torch.arange(IMAGES) % CLASSES,
        generator=generator,
        meter=Meter(Budget(limits={"flops": 1e9, "examples": IMAGES}), COUNTERS),
        _unlabelled=(
            torch.rand(IMAGES, PIXELS, generator=generator) if "unlabelled" in needs else None
        ),
    )
