"""methods.merging.greedy_soup: only what raises validation stays."""

import torch

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from methods.merging.greedy_soup import greedy_soup
from suites.merging.counters import COUNTERS
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten


def test_it_never_validates_below_the_best_expert():
    for seed in range(5):
        problem = tiny_problem(seed=seed, experts=4)
        best = max(problem.validate(expert) for expert in problem.experts)
        assert problem.validate(greedy_soup(problem)) >= best


def test_experts_that_dont_raise_validation_are_left_out():
    problem = tiny_problem(experts=1)
    expert = problem.experts[0]
    problem.experts = [expert, dict(expert), dict(expert)]  # adding a copy raises nothing
    assert torch.equal(flatten(greedy_soup(problem)), flatten(expert))


def test_it_stops_adding_when_the_trials_end():
    # 4 trials order the experts, 1 is left for adding, 0 at the end.
    meter = Meter(Budget(limits={"flops": 1e12, "trials": 5}), COUNTERS)
    problem = tiny_problem(experts=4, meter=meter)
    greedy_soup(problem)
    assert meter.spent["trials"] == 5
