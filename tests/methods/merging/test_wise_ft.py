"""methods.merging.wise_ft, against a case worked out by hand."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from methods.merging.average import average
from methods.merging.task_arithmetic import task_arithmetic
from methods.merging.wise_ft import wise_ft
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten


def merged(alpha, experts):
    states = [{"w": torch.tensor([value])} for value in experts]
    problem = MergingProblem(torch.nn.Identity(), states, pretrained={"w": torch.tensor([1.0])})
    return wise_ft(problem, alpha=alpha)["w"].item()


def test_of_one_fine_tuning_it_goes_that_share_of_the_way():
    # 1 + .25 (5 - 1) = 2
    assert merged(0.25, [5.0]) == 2.0


def test_of_several_it_goes_to_their_average():
    # the average of 2 and 6 is 4: 1 + .5 (4 - 1) = 2.5
    assert merged(0.5, [2.0, 6.0]) == 2.5


def test_its_ends_are_the_pretrained_model_and_the_uniform_soup():
    problem = tiny_problem()
    assert torch.equal(flatten(wise_ft(problem, alpha=0.0)), flatten(problem.pretrained))
    assert torch.allclose(
        flatten(wise_ft(problem, alpha=1.0)), flatten(average(problem)), atol=1e-6
    )


@given(alpha=st.floats(0, 1), experts=st.integers(1, 4))
def test_it_is_task_arithmetic_at_alpha_over_k(alpha, experts):
    problem = tiny_problem(experts=experts)
    same = task_arithmetic(problem, scale=alpha / experts)
    assert flatten(wise_ft(problem, alpha=alpha)).tolist() == pytest.approx(
        flatten(same).tolist(), abs=1e-5
    )
