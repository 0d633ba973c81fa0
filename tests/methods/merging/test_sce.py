"""methods.merging.sce, against cases worked out by hand."""

import pytest
import torch

from methods.merging.sce import fuse, sce, select
from suites.merging.problem import MergingProblem


def test_the_entries_that_differ_most_stay():
    # variances 0 4 0 1: half of the two that differ is one
    changes = torch.tensor([[1.0, 2, 0, 4], [1, -2, 0, 2]])
    assert select(changes, 0.5).tolist() == [[0, 2, 0, 0], [0, -2, 0, 0]]


def test_experts_weigh_by_their_mean_square_among_those_of_the_sum_s_sign():
    # squares 5 and 10: shares 1/3, 2/3. First entry: 1/3 + 2/3 3 = 7/3. Second: sum 1, + : 2 alone
    assert fuse(torch.tensor([[1.0, 2], [3, -1]])).tolist() == pytest.approx([7 / 3, 2])


def test_a_sum_of_zero_elects_plus():
    assert fuse(torch.tensor([[2.0], [-2.0]])).tolist() == [2.0]


def test_where_all_agree_nothing_is_selected_but_at_keep_1():
    start, expert = {"w": torch.zeros(3)}, {"w": torch.tensor([1.0, -2, 3])}
    problem = MergingProblem(torch.nn.Identity(), [expert, dict(expert)], pretrained=start)
    assert sce(problem, keep=0.5, scale=1.0)["w"].tolist() == [0, 0, 0]
    assert sce(problem, keep=1.0, scale=1.0)["w"].tolist() == [1, -2, 3]


def test_pieces_are_fused_as_the_whole(monkeypatch):
    changes = torch.randn(4, 50, generator=torch.Generator().manual_seed(5))
    whole = fuse(changes)
    monkeypatch.setattr("methods.merging.sce.PIECE", 7)
    assert torch.equal(fuse(changes), whole)
