"""One contract for every hypernet method that is registered: suites.hypernet.checks."""

from __future__ import annotations

from importlib import import_module

import pytest

from bench.catalogue.registry import ROOT, Method, catalogue
from suites.hypernet.checks import CHECKS, Check, Subject

METHODS = [m for m in catalogue().methods["hypernet"].values() if m.kind != "reference"]


@pytest.mark.parametrize("clause", CHECKS, ids=lambda clause: clause.__name__)
@pytest.mark.parametrize("entry", METHODS, ids=lambda entry: entry.name)
def test_a_method_keeps_each_clause_of_the_contract(entry: Method, clause: Check) -> None:
    module = ".".join(entry.path.relative_to(ROOT).with_suffix("").parts)
    call = getattr(import_module(module), entry.function)
    assert list(clause(Subject(call, entry))) == []
