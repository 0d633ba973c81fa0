"""How much of the hardest is dropped, and draws and firsts by class."""

from __future__ import annotations

import pytest
import torch

from suites.selection.clusters import k_means
from suites.selection.dynamics import dropped_share, without_hardest
from suites.selection.scores import draw, first_of_classes

SHARES = [0.5, 0.4, 0.3]


@pytest.mark.parametrize(
    ("part", "share"),
    [(0.01, 0.5), (0.1, 0.4), (0.3, 0.3), (0.001, 0.5), (1.0, 0.3), (0.1**1.5, 0.45)],
)
def test_the_dropped_share_falls_along_the_logarithm_of_the_size(part, share):
    assert dropped_share(part, SHARES) == pytest.approx(share)


def test_the_hardest_are_dropped():
    # 3 of 10 are asked for: 30% are dropped, the numbers 0, 4 and 7
    suspicion = torch.tensor([9.0, 1, 2, 3, 8, 4, 5, 7, 6, 0])
    assert without_hardest(suspicion, 3, SHARES).tolist() == [1, 2, 3, 5, 6, 8, 9]


def test_no_more_are_dropped_than_can_be_spared():
    assert without_hardest(torch.tensor([3.0, 1, 2]), 3, [0.9, 0.9, 0.9]).tolist() == [0, 1, 2]


def test_the_first_of_each_class_are_taken_in_the_order_given():
    # classes 0, 1 of 4 and 2: of 3, exactly 2 and 1
    labels = torch.tensor([0, 1, 0, 1, 0, 0])
    order = torch.tensor([5, 3, 4, 2, 1, 0])
    assert first_of_classes(order, labels, 2, 3).tolist() == [5, 3, 4]


def test_draws_follow_the_weights():
    # 1 : 3, first draws of 4,000: .25 within four standard deviations of .0068
    generator = torch.Generator().manual_seed(0)
    weights = torch.tensor([1.0, 3.0]).log()
    firsts = [int(draw(weights, 1, generator)) for _ in range(4000)]
    assert abs(firsts.count(0) / 4000 - 0.25) < 0.028


def test_a_weight_of_zero_is_drawn_last():
    weights = torch.tensor([0.0, 1.0, 0.0, 2.0]).log()
    drawn = draw(weights, 3, torch.Generator().manual_seed(1)).tolist()
    assert set(drawn[:2]) == {1, 3}
    assert drawn[2] in (0, 2)


def test_k_means_finds_clusters_that_lie_apart():
    draws = torch.Generator().manual_seed(0)
    middles = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    points = middles.repeat(20, 1) + 0.1 * torch.randn(60, 2, generator=draws)
    centres, nearest = k_means(points, 3, draws)
    assert torch.cdist(middles, centres).amin(1).max() < 0.2
    groups = nearest.view(20, 3)
    assert (groups == groups[0]).all()
    for number in range(3):  # each centre is its members' mean
        assert torch.allclose(centres[number], points[nearest == number].mean(0), atol=1e-5)


def test_k_means_has_a_centre_for_each_of_too_few_different_points():
    points = torch.tensor([[1.0], [1.0], [1.0]])
    centres, _ = k_means(points, 2, torch.Generator().manual_seed(0))
    assert centres.tolist() == [[1.0], [1.0]]


def test_k_means_refuses_more_centres_than_points():
    with pytest.raises(ValueError, match="2 points can't have 3 centres"):
        k_means(torch.zeros(2, 1), 3, torch.Generator())
