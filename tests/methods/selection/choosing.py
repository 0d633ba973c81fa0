"""Runs a method of the track `select` on a pool of digits, as its decorator says.

Here: what tests of single methods share. Not here: the clauses that hold for every method.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from bench.catalogue.decorated import parse, the_method
from bench.catalogue.registry import ROOT
from suites.selection.problem import Chosen, SelectionProblem, Subset
from suites.selection.tiny import tiny_problem


def problem_for(name: str, corruption: str = "clean", **options: Any) -> SelectionProblem:
    """Digits, with the needs that the method declares; options as of `tiny_problem`."""
    values = _declared(name)
    return tiny_problem(tuple(values["needs"]), corruption, **options)


def choose(name: str, problem: SelectionProblem, **params: Any) -> Chosen:
    """What the method chooses, at its defaults but for `params`, while the meter counts."""
    path = ROOT / "methods" / "selection" / f"{name}.py"
    function = getattr(
        import_module(f"methods.selection.{name}"), the_method(path, parse(path)).function.name
    )
    with problem._meter:
        chosen: Chosen = function(problem, **{**(_declared(name).get("params") or {}), **params})
    return chosen


def numbers_of(subset: Subset) -> Tensor:
    """Without the weights."""
    return subset[0] if isinstance(subset, tuple) else subset


def random_numbers(count: int, size: int, seed: int = 0) -> Tensor:
    """So many drawn without choosing."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed))[:size]


def _declared(name: str) -> dict[str, Any]:
    path = ROOT / "methods" / "selection" / f"{name}.py"
    return the_method(path, parse(path)).values
