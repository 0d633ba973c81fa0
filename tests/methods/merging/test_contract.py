"""One contract for every merging method; an entry declares its exceptions as traits."""

from importlib import import_module

import pytest
import torch

from bench.budget import Budget
from bench.job import ContractError
from bench.meter import Meter
from bench.registry import ROOT, catalogue
from suites.merging.harness import run_method
from suites.merging.problem import GUARDED, Problem, check_state, check_states
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten

ENTRIES = [e for e in catalogue().methods["merging"].values() if e.kind == "method"]
PLENTY = Budget(flops=1e13, examples=10_000, trials=100)

each_method = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)


def load(entry):
    module = ".".join(entry.path.relative_to(ROOT).with_suffix("").parts)
    return getattr(import_module(module), entry.function)


def params(entry, **changed):
    """Its defaults, with as many examples as the tiny problem has."""
    fewer = {"examples": 32} if "examples" in entry.params else {}
    return {**entry.params, **fewer, **changed}


def run(entry, problem, **changed):
    return load(entry)(problem, **params(entry, **changed))


def states(merged):
    """What was returned as vectors, one a state."""
    return [flatten(state) for state in ([merged] if isinstance(merged, dict) else merged)]


def close(one, other):
    pairs = zip(states(one), states(other), strict=True)
    return all(torch.allclose(a, b, atol=1e-4) for a, b in pairs)


def with_experts(problem, order):
    """The same problem with its experts taken in that order (an expert may come twice)."""

    def pick(values):
        return [values[i] for i in order]

    return Problem(
        problem.model,
        pick(problem.experts),
        pretrained=problem.pretrained,
        calibration=pick(problem._calibration),
        validation=pick(problem._validation),
        test_inputs=pick(problem._test_inputs),
    )


@each_method
def test_it_returns_states_of_the_experts_names_shapes_and_types(entry):
    problem = tiny_problem(needs=entry.needs)
    merged = run(entry, problem)
    if entry.track == "single":
        check_state(merged, problem.experts[0])
    elif not callable(merged):
        check_states(merged, problem.experts)


@each_method
def test_it_leaves_what_it_was_given_alone(entry):
    problem, untouched = tiny_problem(needs=entry.needs), tiny_problem()
    before = problem.times_written()
    run(entry, problem)
    assert problem.times_written() == before
    for expert, copy in zip(problem.experts, untouched.experts, strict=True):
        assert torch.equal(flatten(expert), flatten(copy))
    assert torch.equal(flatten(problem._pretrained), flatten(untouched.pretrained))


@each_method
def test_it_is_the_same_twice(entry):
    first = run(entry, tiny_problem(needs=entry.needs))
    torch.manual_seed(1234)  # torch's global generator is no source of its draws
    second = run(entry, tiny_problem(needs=entry.needs))
    assert all(torch.equal(a, b) for a, b in zip(states(first), states(second), strict=True))


@each_method
def test_it_draws_from_the_generator_just_where_it_says_so(entry):
    one = run(entry, tiny_problem(needs=entry.needs, generator_seed=1))
    other = run(entry, tiny_problem(needs=entry.needs, generator_seed=2))
    same = all(torch.equal(a, b) for a, b in zip(states(one), states(other), strict=True))
    assert same != ("random" in entry.traits)


@each_method
def test_its_work_is_metered(entry):
    meter = Meter(PLENTY)
    problem = tiny_problem(needs=entry.needs, meter=meter)
    with meter, meter.phase("merge"):
        run(entry, problem)
    assert meter.flops > 0
    assert set(meter.flops_by) <= {"merge", "statistics", "tuning"}


@each_method
def test_it_asks_for_all_that_it_declares(entry):
    for need in GUARDED & set(entry.needs):
        without = [other for other in entry.needs if other != need]
        with pytest.raises(ContractError, match=f"Add '{need}' to needs"):
            run(entry, tiny_problem(needs=without))


@pytest.mark.parametrize(
    "entry",
    [e for e in ENTRIES if not {"order_matters", "random"} & set(e.traits)],
    ids=lambda entry: entry.name,
)
def test_the_order_of_the_experts_matters_only_where_it_says_so(entry):
    problem = tiny_problem(experts=4)
    merged = run(entry, with_experts(problem, [0, 1, 2, 3]))
    again = run(entry, with_experts(problem, [2, 0, 3, 1]))
    if isinstance(merged, dict):
        assert close(merged, again)


@each_method
def test_each_hyperparameter_changes_the_result(entry):
    for name, default in params(entry).items():
        others = entry.space.get(name) or changed(default)
        other = next(value for value in others if value != default)
        before = run(entry, tiny_problem(needs=entry.needs))
        after = run(entry, tiny_problem(needs=entry.needs), **{name: other})
        same = all(torch.equal(a, b) for a, b in zip(states(before), states(after), strict=True))
        assert not same, f"{entry.name}: {name}={other!r} changes nothing"


def changed(default):
    """Another value near a default, for what tuning doesn't change."""
    if isinstance(default, bool):
        return [not default]
    return [default // 2] if isinstance(default, int) else [default / 2]


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.space], ids=lambda entry: entry.name)
def test_tuning_it_keeps_a_point_that_validates_best(entry):
    meter = Meter(PLENTY)
    problem = tiny_problem(needs=entry.needs, meter=meter)
    with meter, meter.phase("merge"):
        merged, details = run_method(problem, load(entry), "tuned", params(entry), entry.space)
    accuracies = [trial["accuracy"] for trial in details["validation"]]
    assert len(accuracies) == details["points"]["tried"] == meter.trials
    assert problem._try_out(merged) == pytest.approx(max(accuracies))
