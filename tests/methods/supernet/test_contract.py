"""One contract for every supernet method that is registered: suites.supernet.checks."""

from __future__ import annotations

from importlib import import_module

import pytest

from bench.catalogue.registry import ROOT, Method, catalogue
from suites.common.clauses import Clause
from suites.supernet.checks import CONTRACT, CheckedSupernet

METHODS = [m for m in catalogue().methods["supernet"].values() if m.kind != "reference"]


@pytest.fixture(scope="module", params=METHODS, ids=lambda method: method.name)
def checked(request: pytest.FixtureRequest) -> CheckedSupernet:
    """A method, once for all clauses: they share what it predicts as it is declared."""
    method: Method = request.param
    module = ".".join(method.path.relative_to(ROOT).with_suffix("").parts)
    return CheckedSupernet(getattr(import_module(module), method.function), method)


@pytest.mark.parametrize("clause", CONTRACT.clauses, ids=lambda clause: clause.__name__)
def test_a_method_keeps_each_clause_of_the_contract(
    checked: CheckedSupernet, clause: Clause[CheckedSupernet]
) -> None:
    assert list(clause(checked)) == []
