"""One contract for every merging method; an entry declares its exceptions as traits."""

from importlib import import_module

import pytest

from bench.catalogue.registry import ROOT, catalogue
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.merging.checks import CHECKS, Subject
from suites.merging.counters import COUNTERS
from suites.merging.harness import run_method
from suites.merging.tiny import tiny_problem

ENTRIES = [e for e in catalogue().methods["merging"].values() if e.kind == "method"]
PLENTY = Budget(limits={"flops": 1e13, "examples": 10_000, "trials": 100})

each_method = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)


def load(entry):
    module = ".".join(entry.path.relative_to(ROOT).with_suffix("").parts)
    return getattr(import_module(module), entry.function)


@pytest.mark.parametrize("clause", CHECKS, ids=lambda clause: clause.__name__)
@each_method
def test_it_keeps_every_clause_of_the_contract(entry, clause):
    assert list(clause(Subject(load(entry), entry))) == []


@each_method
def test_its_work_is_metered(entry):
    meter = Meter(PLENTY, COUNTERS)
    subject = Subject(load(entry), entry)
    problem = subject.problem(meter=meter)
    with meter, meter.phase("merge"):
        subject.run(problem)
    assert meter.flops > 0
    assert set(meter.flops_by) <= {"merge", "statistics", "tuning"}


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.space], ids=lambda entry: entry.name)
def test_tuning_it_keeps_a_point_that_validates_best(entry):
    meter = Meter(PLENTY, COUNTERS)
    problem = tiny_problem(needs=entry.needs, meter=meter)
    with meter, meter.phase("merge"):
        merged, details = run_method(problem, load(entry), "tuned", entry.params, entry.space)
    accuracies = [trial["accuracy"] for trial in details["validation"]]
    assert len(accuracies) == details["points"]["tried"] == meter.spent["trials"]
    assert problem._try_out(merged) == pytest.approx(max(accuracies))
