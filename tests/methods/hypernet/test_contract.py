"""One contract for every hypernet method that is registered: suites.hypernet.checks."""

from __future__ import annotations

from importlib import import_module

import pytest

from bench.catalogue.registry import ROOT, Method, catalogue
from suites.common.clauses import Clause
from suites.hypernet.checks import CONTRACT, CheckedHypernet

METHODS = [m for m in catalogue().methods["hypernet"].values() if m.kind != "reference"]


@pytest.mark.parametrize("clause", CONTRACT.clauses, ids=lambda clause: clause.__name__)
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_a_method_keeps_each_clause_of_the_contract(
    method: Method, clause: Clause[CheckedHypernet]
) -> None:
    module = ".".join(method.path.relative_to(ROOT).with_suffix("").parts)
    call = getattr(import_module(module), method.function)
    assert list(clause(CheckedHypernet(call, method))) == []
