"""methods.merging.consensus: which of the summed changes stay."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.merging.consensus import consensus
from methods.merging.task_arithmetic import task_arithmetic
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten


def test_three_experts_of_four_weights_by_hand():
    # threshold 0.5, agree 2, theta_0 = 1:
    #   t   = 7 5 2 0
    #   t_1 = 4 4 1  2   0.5 |t - t_1| = 1.5 0.5 0.5 1   mask 1 1 1 1
    #   t_2 = 2 1 1 -2   0.5 |t - t_2| = 2.5 2   0.5 1   mask 0 0 1 1
    #   t_3 = 1 0 0  0   0.5 |t - t_3| = 3   2.5 1   0   mask 0 0 0 0
    # theta = 1 + 0.5 t where two masks agree = 1, 1, 2, 1
    start = torch.ones(4)
    changes = [[4.0, 4, 1, 2], [2, 1, 1, -2], [1, 0, 0, 0]]
    experts = [{"w": start + torch.tensor(change)} for change in changes]
    problem = MergingProblem(torch.nn.Identity(), experts, pretrained={"w": start})
    merged = consensus(problem, threshold=0.5, agree=2, scale=0.5)
    assert merged["w"].tolist() == [1.0, 1.0, 2.0, 1.0]
    selfish_too = consensus(problem, threshold=0.5, agree=1, scale=0.5)
    assert selfish_too["w"].tolist() == [4.5, 3.5, 2.0, 1.0]


@settings(deadline=None)
@given(st.integers(1, 5), st.floats(0, 1), st.integers(0, 20))
def test_asking_for_no_agreement_is_task_arithmetic(experts, scale, seed):
    problem = tiny_problem(experts=experts, seed=seed)
    merged = flatten(consensus(problem, threshold=0.4, agree=0, scale=scale))
    assert torch.allclose(merged, flatten(task_arithmetic(problem, scale=scale)), atol=1e-6)


def test_asking_for_more_than_all_tasks_is_the_pretrained_model():
    problem = tiny_problem(experts=3)
    merged = consensus(problem, threshold=0.0, agree=4, scale=1.0)
    assert torch.equal(flatten(merged), flatten(problem.pretrained))


@pytest.mark.parametrize(
    "tighter", [{"threshold": 0.8, "agree": 2}, {"threshold": 0.4, "agree": 3}]
)
def test_a_higher_threshold_or_more_agreement_keeps_a_part_of_what_was_kept(tighter):
    problem = tiny_problem(experts=4)
    start = flatten(problem.pretrained)
    loose = flatten(consensus(problem, threshold=0.4, agree=2, scale=0.3)) - start
    tight = flatten(consensus(problem, scale=0.3, **tighter)) - start
    kept = tight != 0
    assert 0 < kept.sum() < (loose != 0).sum()
    assert torch.equal(tight[kept], loose[kept])
