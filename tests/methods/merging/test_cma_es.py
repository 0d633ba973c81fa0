"""methods.merging.cma_es: what it searches, with how many validations, and what it returns."""

import numpy as np
import torch
from torch import nn

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from methods.merging.cma_es import cma_es, generation_flops, scale_blocks
from suites.merging.counters import COUNTERS
from suites.merging.evaluation import Examples
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten

SETTINGS = {"start": 0.3, "deviation": 0.167}


class Threshold(nn.Module):
    """x -> scores (w_0 + w_1, x): class 0 where the sum of the weights is above x."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.ParameterList([nn.Parameter(torch.zeros(1)) for _ in range(2)])

    def forward(self, x):
        return torch.cat([(self.blocks[0] + self.blocks[1]).expand(len(x), 1), x], 1)


def threshold_problem(meter=None):
    """Right answers grow with w_0 - that is, with the scales: x = 0, .1, ..., 2, all of class 0."""
    expert = {"blocks.0": torch.ones(1), "blocks.1": torch.ones(1)}
    x = torch.arange(0, 2, 0.1)[:, None]
    pool = Examples(x, torch.tensor([0, 1]), torch.zeros(len(x), dtype=torch.int64))
    start = {name: torch.zeros(1) for name in expert}
    return MergingProblem(Threshold(), [expert], pretrained=start, validation=[pool], meter=meter)


def test_each_block_has_a_scale_of_its_own_by_hand():
    # theta_0 = 1, change 2: 1 + .5*2 = 2 and 1 + 3*2 = 7; a counter stays.
    start = {"a": torch.ones(1), "b": torch.ones(1), "count": torch.tensor(4)}
    change = {"a": torch.full((1,), 2.0), "b": torch.full((1,), 2.0)}
    state = scale_blocks(start, change, {"a": 0.5, "b": 3.0})
    assert (state["a"].item(), state["b"].item(), state["count"].item()) == (2, 7, 4)


def test_what_it_returns_validated_best_of_its_draws():
    problem = threshold_problem()
    seen = []
    validate = problem.validate
    problem.validate = lambda state: seen.append(validate(state)) or seen[-1]
    merged = cma_es(problem, **SETTINGS)
    assert len(seen) == 20
    assert validate(merged) == max(seen)


def test_the_search_goes_where_validation_is_better():
    # At the start .3 + .3 = .6: 6 of 20. Larger scales are better without end.
    problem = threshold_problem()
    assert problem.validate(cma_es(problem, **SETTINGS)) >= 0.5


def test_it_validates_no_more_often_than_it_may():
    meter = Meter(Budget(limits={"trials": 7}), COUNTERS)
    problem = threshold_problem(meter)
    cma_es(problem, **SETTINGS)
    assert meter.spent["trials"] == 7


def test_without_a_validation_it_is_the_pretrained_model():
    problem = tiny_problem(meter=Meter(Budget(limits={"trials": 0}), COUNTERS))
    assert torch.equal(flatten(cma_es(problem, **SETTINGS)), flatten(problem.pretrained))


def test_numpys_own_generator_is_left_alone():
    np.random.seed(5)
    before = np.random.get_state()[1].copy()
    first = cma_es(threshold_problem(), **SETTINGS)
    assert (np.random.get_state()[1] == before).all()
    assert torch.equal(flatten(first), flatten(cma_es(threshold_problem(), **SETTINGS)))


def test_a_generation_of_six_draws_of_two_scales_by_hand():
    # 9 * 8 + 4 * 6 * 4 = 168.
    assert generation_flops(2, 6) == 168


def test_the_packages_work_is_charged():
    # 20 draws in generations of 6 (4 + 3 ln 2): 4 begun, 168 each. Beside it torch's own: a
    # difference and a sum for 2 weights, 4; a product and sum for each draw, 20 * 2; and 24 points
    # of 2 normal numbers, 48.
    meter = Meter(Budget(), COUNTERS)
    problem = threshold_problem(meter)
    with meter, meter.phase("merge"):
        cma_es(problem, **SETTINGS)
    assert meter.flops_by["merge"] == 4 * 168 + 4 + 40 + 48
