"""methods.merging.task_arithmetic and average: sums and means of changes."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.merging.average import average
from methods.merging.task_arithmetic import task_arithmetic
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten


@settings(deadline=None)
@given(st.integers(1, 5), st.integers(0, 20))
def test_scale_one_over_k_is_the_average(experts, seed):
    problem = tiny_problem(experts=experts, seed=seed)
    merged = task_arithmetic(problem, scale=1 / experts)
    assert torch.allclose(flatten(merged), flatten(average(problem)), atol=1e-6)


def test_scale_zero_is_the_pretrained_model():
    problem = tiny_problem()
    assert torch.equal(flatten(task_arithmetic(problem, scale=0.0)), flatten(problem.pretrained))


def test_scale_one_with_one_expert_is_that_expert():
    problem = tiny_problem(experts=1)
    merged = flatten(task_arithmetic(problem, scale=1.0))
    assert torch.allclose(merged, flatten(problem.experts[0]), atol=1e-6)


@pytest.mark.parametrize("scale", [0.1, 0.7])
def test_the_change_is_the_scaled_sum_of_the_changes(scale):
    problem = tiny_problem()
    start = flatten(problem.pretrained)
    total = sum(flatten(expert) - start for expert in problem.experts)
    merged = flatten(task_arithmetic(problem, scale=scale))
    assert torch.allclose(merged - start, scale * total, atol=1e-6)
