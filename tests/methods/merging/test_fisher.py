"""methods.merging.fisher: weights averaged by information."""

import torch

from methods.merging.average import average
from methods.merging.fisher import fisher
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten


def test_each_weight_is_the_mean_weighted_by_information():
    problem = tiny_problem()
    floor = 1e-6
    merged = fisher(problem, floor=floor, normalise=False, examples=16)
    information = torch.stack([flatten(problem.fisher(i, 16)) for i in range(3)]).clamp(min=floor)
    weights = torch.stack([flatten(expert) for expert in problem.experts])
    expected = (information * weights).sum(0) / information.sum(0)
    assert torch.allclose(flatten(merged), expected, atol=1e-5)


def test_normalising_divides_each_experts_information_by_its_norm():
    problem = tiny_problem()
    floor = 1e-12
    merged = fisher(problem, floor=floor, normalise=True, examples=16)
    information = torch.stack([flatten(problem.fisher(i, 16)) for i in range(3)])
    information = information.clamp(min=floor) / information.norm(dim=1, keepdim=True)
    weights = torch.stack([flatten(expert) for expert in problem.experts])
    expected = (information * weights).sum(0) / information.sum(0)
    assert torch.allclose(flatten(merged), expected, atol=1e-5)


def test_a_floor_above_all_information_gives_the_average():
    problem = tiny_problem()
    merged = fisher(problem, floor=1e6, normalise=False, examples=16)
    assert torch.allclose(flatten(merged), flatten(average(problem)), atol=1e-5)
