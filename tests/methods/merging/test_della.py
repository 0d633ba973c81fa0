"""methods.merging.della, against cases worked out by hand."""

import pytest
import torch

from methods.merging.della import della, prune_
from suites.merging.each_tensor import agreeing_mean
from suites.merging.problem import MergingProblem


def test_small_entries_of_a_row_stay_less_often_and_what_stays_is_divided_by_how_often():
    # magnitudes 1 < 2 < 3 of each row: p = .4, .5, .6
    change = torch.tensor([[-2.0, 1, 3], [3, 2, -1]]).repeat(20_000, 1)
    pruned = change.clone()
    prune_(pruned, 0.5, 0.2, torch.Generator().manual_seed(0))
    pruned = pruned.view(-1, 2, 3)
    stays = torch.tensor([[0.5, 0.4, 0.6], [0.6, 0.5, 0.4]])
    assert torch.allclose((pruned != 0).float().mean(0), stays, atol=0.02)
    expected = torch.tensor([[-2.0, 1, 3], [3, 2, -1]]) / stays
    assert torch.allclose(pruned.sum(0) / (pruned != 0).sum(0), expected)
    assert torch.allclose(pruned.mean(0), torch.tensor([[-2.0, 1, 3], [3, 2, -1]]), atol=0.1)


@pytest.mark.parametrize("shape", [(), (1,), (4, 1)])
def test_a_row_of_one_entry_stays_with_one_minus_drop(shape):
    draws = torch.Generator().manual_seed(1)
    kept = []
    for _ in range(400):
        change = torch.ones(shape)
        prune_(change, 0.3, 0.4, draws)
        kept.append(bool(change.any()))
    expected = 1 - 0.3 ** max(1, torch.Size(shape).numel())
    assert sum(kept) / 400 == pytest.approx(expected, abs=0.07)


def test_the_mean_is_of_the_entries_that_have_the_sum_s_sign():
    # sums 4, -1, 0 (then +)
    changes = torch.tensor([[3.0, 1, 2], [2, -2, -2], [-1, 0, 0]])
    assert agreeing_mean(changes).tolist() == [2.5, -2.0, 2.0]


def test_with_nothing_dropped_it_averages_what_agrees():
    start = {"w": torch.ones(2)}
    experts = [{"w": torch.tensor([3.0, 2])}, {"w": torch.tensor([2.0, -3])}]
    problem = MergingProblem(torch.nn.Identity(), experts, pretrained=start)
    # changes 2 1 and 1 -4: means 1.5, -4
    assert della(problem, drop=0.0, window=0.0, scale=2.0)["w"].tolist() == [4.0, -7.0]
