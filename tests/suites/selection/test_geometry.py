"""Distances and greedy rules: against cases worked out by hand, and against trying everything."""

from __future__ import annotations

from itertools import combinations

import pytest
import torch
from torch import Generator, Tensor

from suites.selection.geometry import (
    distances,
    facility_location,
    farthest_first,
    first_by_class,
    joined_by_class,
    nearest_of,
    similarity,
    squared_distances,
    unit,
)


def points(count: int, width: int = 4, seed: int = 0) -> Tensor:
    return torch.randn(count, width, generator=Generator().manual_seed(seed))


def covered(similarities: Tensor, chosen: tuple[int, ...]) -> float:
    """f(S), written out."""
    return float(similarities[:, list(chosen)].amax(1).sum())


def test_distances_are_those_of_pythagoras():
    # (0, 0) to (3, 4): 25, 5
    corners = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    assert squared_distances(corners).tolist() == [[0, 25], [25, 0]]
    assert distances(corners, corners[1:]).tolist() == [[5], [0]]


def test_distances_are_torchs_own():
    some, others = points(7), points(5, seed=1)
    assert torch.allclose(distances(some, others), torch.cdist(some, others), atol=1e-5)


def test_a_point_at_zero_has_no_direction_and_stays():
    assert unit(torch.tensor([[0.0, 0.0], [0.0, 2.0]])).tolist() == [[0, 0], [0, 1]]


def test_facility_location_by_hand():
    # on a line at 0, 1, 2, 10: largest distance 10, s = 10 - |x - z|
    # gains: of 0: 10 + 9 + 8 + 0 = 27; of 1: 9 + 10 + 9 + 1 = 29; of 2: 8 + 9 + 10 + 2 = 29;
    # of 10: 13. First 1 (before 2). Then of 0: 1; of 2: 0 + 0 + 1 + 1 = 2; of 10: 9. Then 2 has
    # 0 + 0 + 1 + 0 = 1, and 0 has 1: the first.
    line = torch.tensor([[0.0], [1.0], [2.0], [10.0]])
    assert facility_location(similarity(distances(line)), 4).tolist() == [1, 3, 0, 2]


@pytest.mark.parametrize("seed", range(5))
def test_each_step_of_facility_location_is_the_best_of_all(seed):
    similarities = similarity(distances(points(12, seed=seed)))
    order = tuple(facility_location(similarities, 5).tolist())
    for step in range(5):
        before = order[:step]
        values = {j: covered(similarities, (*before, j)) for j in range(12) if j not in before}
        assert values[order[step]] == pytest.approx(max(values.values()), abs=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_facility_location_comes_as_near_to_the_best_set_as_greedy_must(seed):
    similarities = similarity(distances(points(10, seed=seed)))
    best = max(covered(similarities, chosen) for chosen in combinations(range(10), 3))
    greedy = covered(similarities, tuple(facility_location(similarities, 3).tolist()))
    assert (1 - 1 / 2.718281828) * best <= greedy <= best + 1e-4


@pytest.mark.parametrize("seed", range(5))
def test_one_location_is_the_best_of_all(seed):
    similarities = similarity(distances(points(15, seed=seed)))
    best = max(range(15), key=lambda j: covered(similarities, (j,)))
    assert facility_location(similarities, 1).tolist() == [best]


def test_farthest_first_by_hand():
    # on a line at 0, 1, 6, 10, from 1: farthest 10 (9); then 6 is 4 from 10 and 0 is 1 from 1
    line = torch.tensor([[0.0], [1.0], [6.0], [10.0]])
    assert farthest_first(line, 4, first=1).tolist() == [1, 3, 2, 0]
    assert farthest_first(line, 1, first=2).tolist() == [2]


def test_farthest_first_is_twice_the_best_radius_at_most():
    cloud = points(12, width=2)
    between = distances(cloud)

    def radius(chosen: tuple[int, ...]) -> float:
        return float(between[:, list(chosen)].amin(1).max())

    best = min(radius(chosen) for chosen in combinations(range(12), 3))
    for first in range(12):
        assert radius(tuple(farthest_first(cloud, 3, first).tolist())) <= 2 * best + 1e-5


def test_a_chosen_point_is_its_own_nearest_though_a_copy_of_it_is_chosen_too():
    line = torch.tensor([[5.0], [5.0], [0.0], [4.0]])
    # 4 lies by 5, of which the first counts; 0 is 5 from both
    assert nearest_of(distances(line), torch.tensor([0, 1])).tolist() == [0, 1, 0, 0]


def test_a_class_gives_what_its_share_of_the_pool_entitles_it_to():
    # 4, 2 and 2 examples: at size 4 2, 1, 1; each class's last members first
    labels = torch.tensor([0, 1, 0, 2, 0, 1, 0, 2])
    chosen = joined_by_class(
        labels, 3, (4,), lambda members, most: members.argsort(descending=True)
    )
    assert chosen[4].tolist() == [6, 4, 5, 7]


def test_every_size_takes_a_beginning_of_one_order():
    labels = torch.arange(40) % 4
    asked = []

    def order_of(members: Tensor, most: int) -> Tensor:
        asked.append((len(members), most))
        return torch.arange(len(members)).flip(0)[:most]

    parts = first_by_class(labels, 4, (4, 12, 20), order_of)
    assert asked == [(10, 5)] * 4
    for small, large in ((4, 12), (12, 20)):
        for few, many in zip(parts[small], parts[large], strict=True):
            assert few.tolist() == many[: len(few)].tolist()


def test_a_class_without_a_place_is_not_asked_for_an_order():
    # 9 to 1: at size 2 both go to the first
    labels = torch.tensor([0] * 9 + [1])
    parts = first_by_class(labels, 2, (2,), lambda members, most: torch.arange(most))
    assert [part.tolist() for part in parts[2]] == [[0, 1], []]
