"""methods.merging.breadcrumbs: which entries of a row stay."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.merging.breadcrumbs import breadcrumbs, middling
from methods.merging.breadcrumbs_ties import breadcrumbs_ties
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten


def test_two_rows_of_two_experts_by_hand():
    # Rows of 5, drop 20% = the largest 1, keep 40% = the next 2 (in brackets); theta_0 = 1.
    #   t_1 = [ 9] 7* 1   [-3]   0        7 and -3 are second and third after 9, which goes
    #          5   4*  3*  2    1
    #   t_2 =  0   2*  1*  0   -8
    #          1   1   -6  5*   4*
    # sum of what stays: (0, 7 + 2, 1, -3, 0) and (0, 4, 3, 5, 4)
    # theta = 1 + 0.5 sum = (1, 5.5, 1.5, -0.5, 1) and (1, 3, 2.5, 3.5, 3)
    start = torch.ones(2, 5)
    first = torch.tensor([[9.0, 7, 1, -3, 0], [5, 4, 3, 2, 1]])
    second = torch.tensor([[0.0, 2, 1, 0, -8], [1, 1, -6, 5, 4]])
    experts = [{"w": start + first}, {"w": start + second}]
    problem = MergingProblem(torch.nn.Identity(), experts, pretrained={"w": start})
    merged = breadcrumbs(problem, keep=0.4, drop=0.2, scale=0.5)
    assert merged["w"].tolist() == [[1.0, 5.5, 1.5, -0.5, 1.0], [1.0, 3.0, 2.5, 3.5, 3.0]]


@settings(deadline=None)
@given(st.integers(1, 40), st.floats(0, 0.5), st.floats(0, 0.5), st.integers(0, 99))
def test_each_row_keeps_its_share_below_the_largest(length, drop, keep, seed):
    change = torch.randn(2, 3, length, generator=torch.Generator().manual_seed(seed))
    dropped, kept = int(drop * length), int(keep * length)
    result = middling(change, keep, drop)
    for before, after in zip(change.view(6, -1), result.view(6, -1), strict=True):
        order = before.abs().argsort(descending=True).tolist()
        assert set(after.nonzero().flatten().tolist()) == set(order[dropped : dropped + kept])
        assert torch.equal(after[after != 0], before[after != 0])


def test_a_number_without_a_row_stays():
    assert middling(torch.tensor(3.0), 0.2, 0.1).item() == 3.0


def test_rows_too_short_to_keep_one_entry_stay_pretrained():
    # 20% of 4 is no whole entry: as in the authors' code.
    assert not middling(torch.randn(3, 4), 0.2, 0.1).any()


@pytest.mark.parametrize("scale", [0.3, 1.0])
def test_keeping_all_is_task_arithmetic(scale):
    problem = tiny_problem()
    start = flatten(problem.pretrained)
    total = sum(flatten(expert) - start for expert in problem.experts)
    merged = flatten(breadcrumbs(problem, keep=1.0, drop=0.0, scale=scale))
    assert torch.allclose(merged, start + scale * total, atol=1e-6)


def test_elected_entries_of_two_experts_by_hand():
    # rows of 5, drop .2, keep .4: the largest goes, the next two stay
    #   5 4 3 2 1  ->  0  4 3 0 0      -1 -2 6 5 0  ->  0 -2 0 5 0
    # sums 0 2 3 5 0: +, so -2 drops; theta = .5 (4 3 5)
    start = {"w": torch.zeros(1, 5)}
    changes = [[[5.0, 4, 3, 2, 1]], [[-1.0, -2, 6, 5, 0]]]
    experts = [{"w": torch.tensor(change)} for change in changes]
    problem = MergingProblem(torch.nn.Identity(), experts, pretrained=start)
    merged = breadcrumbs_ties(problem, keep=0.4, drop=0.2, scale=0.5)
    assert merged["w"].tolist() == [[0.0, 2.0, 1.5, 2.5, 0.0]]
