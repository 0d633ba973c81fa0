"""Runs a method as declared on a tiny problem of digits."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import methods.selection
from bench.catalogue.decorated import parse, the_method
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.tiny import tiny_problem

FOLDER = Path(methods.selection.__path__[0])


def declared(name: str) -> dict[str, Any]:
    """The arguments of a method's decorator."""
    path = FOLDER / f"{name}.py"
    return the_method(path, parse(path)).values


def params(name: str) -> dict[str, Any]:
    """A method's hyperparameters and their defaults."""
    return dict(declared(name).get("params") or {})


def problem_for(name: str, corruption: str = "clean", **changed: Any) -> SelectionProblem:
    """What a method is given; keywords as of `tiny_problem`."""
    return tiny_problem(tuple(declared(name)["needs"]), corruption, **changed)


@cache
def as_declared(name: str, corruption: str = "clean") -> Chosen:
    """As `choose`, once for all tests."""
    return choose(name, corruption)


def choose(name: str, corruption: str = "clean", **changed: Any) -> Chosen:
    """What a method chooses of a pool with what it declares, some hyperparameters changed."""
    return choose_on(problem_for(name, corruption), name, **changed)


def choose_on(problem: SelectionProblem, name: str, **changed: Any) -> Chosen:
    """As `choose`, of a problem that a test holds."""
    function = getattr(import_module(f"methods.selection.{name}"), name)
    with problem._meter:
        chosen = function(problem, **{**params(name), **changed})
    assert isinstance(chosen, Chosen)
    return chosen
