"""One contract for every selection method that is registered: those of its track's checks."""

from __future__ import annotations

from importlib import import_module

import pytest

from bench.catalogue.registry import ROOT, Method, catalogue
from suites.common.clauses import Clause
from suites.selection import checks
from suites.selection.checks import CheckedSelection
from suites.selection.distill import checks as of_makers
from suites.selection.distill.checks import CheckedMaker

METHODS = [m for m in catalogue().methods["selection"].values() if m.kind != "reference"]


def function_of(method: Method):
    module = ".".join(method.path.relative_to(ROOT).with_suffix("").parts)
    return getattr(import_module(module), method.function)


def of_track(track: str) -> list[Method]:
    return [method for method in METHODS if (method.track or "select") == track]


@pytest.fixture(scope="module", params=of_track("select"), ids=lambda method: method.name)
def chooser(request: pytest.FixtureRequest) -> CheckedSelection:
    """A method, once for all clauses: they share what it returns as it is declared."""
    return CheckedSelection(function_of(request.param), request.param)


@pytest.fixture(scope="module", params=of_track("distill"), ids=lambda method: method.name)
def maker(request: pytest.FixtureRequest) -> CheckedMaker:
    return CheckedMaker(function_of(request.param), request.param)


@pytest.mark.parametrize("clause", checks.CONTRACT.clauses, ids=lambda clause: clause.__name__)
def test_a_method_that_chooses_keeps_each_clause(
    chooser: CheckedSelection, clause: Clause[CheckedSelection]
) -> None:
    assert list(clause(chooser)) == []


@pytest.mark.parametrize("clause", of_makers.CONTRACT.clauses, ids=lambda clause: clause.__name__)
def test_a_method_that_makes_keeps_each_clause(
    maker: CheckedMaker, clause: Clause[CheckedMaker]
) -> None:
    assert list(clause(maker)) == []
