"""One contract for every merging method; a method declares its exceptions as traits."""

from importlib import import_module

import pytest

from bench.catalogue.registry import ROOT, catalogue
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.merging.checks import CONTRACT, CheckedMerger
from suites.merging.counters import COUNTERS
from suites.merging.harness import run_method

METHODS = [m for m in catalogue().methods["merging"].values() if m.kind == "method"]
PLENTY = Budget(limits={"flops": 1e13, "examples": 10_000, "trials": 100})

each_method = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)


def load(method):
    module = ".".join(method.path.relative_to(ROOT).with_suffix("").parts)
    return getattr(import_module(module), method.function)


@pytest.mark.parametrize("clause", CONTRACT.clauses, ids=lambda clause: clause.__name__)
@each_method
def test_it_keeps_every_clause_of_the_contract(method, clause):
    assert list(clause(CheckedMerger(load(method), method))) == []


@each_method
def test_its_work_is_metered(method):
    meter = Meter(PLENTY, COUNTERS)
    checked = CheckedMerger(load(method), method)
    problem = checked.problem(meter=meter)
    with meter, meter.phase("merge"):
        checked.run(problem)
    assert meter.flops > 0
    assert set(meter.flops_by) <= {"merge", "statistics", "tuning"}


@pytest.mark.parametrize("method", [m for m in METHODS if m.space], ids=lambda method: method.name)
def test_tuning_it_keeps_a_point_that_validates_best(method):
    meter = Meter(PLENTY, COUNTERS)
    problem = CheckedMerger(load(method), method).problem(meter=meter)
    with meter, meter.phase("merge"):
        merged, details = run_method(problem, load(method), "tuned", method.params, method.space)
    accuracies = [trial["accuracy"] for trial in details["validation"]]
    assert len(accuracies) == details["points"]["tried"] == meter.spent["trials"]
    assert problem._try_out(merged) == pytest.approx(max(accuracies))
