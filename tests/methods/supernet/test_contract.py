"""One contract for every supernet method that is registered: suites.supernet.checks."""

from __future__ import annotations

from importlib import import_module

import pytest

from bench.catalogue.registry import ROOT, Method, catalogue
from suites.common.clauses import Clause
from suites.supernet.checks import CONTRACT, CheckedSupernet

METHODS = [m for m in catalogue().methods["supernet"].values() if m.kind != "reference"]


@pytest.mark.parametrize("clause", CONTRACT.clauses, ids=lambda clause: clause.__name__)
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_a_method_keeps_each_clause_of_the_contract(
    method: Method, clause: Clause[CheckedSupernet]
) -> None:
    module = ".".join(method.path.relative_to(ROOT).with_suffix("").parts)
    call = getattr(import_module(module), method.function)
    assert list(clause(CheckedSupernet(call, method))) == []
