"""DPP and the Vendi score: methods that take a set for how much its members differ."""

from __future__ import annotations

from itertools import combinations
from math import log

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from methods.selection.dpp import greedy_map
from methods.selection.vendi import entropy, most_diverse, principal
from suites.selection.figures import vendi_score
from suites.selection.geometry import unit
from suites.selection.last_layer import pool_gradients
from tests.methods.selection.tiny import choose_on, problem_for, random_numbers

METHODS = ("dpp", "vendi")


def directions(count: int, width: int, seed: int = 0) -> Tensor:
    return unit(torch.randn(count, width, generator=Generator().manual_seed(seed)))


def test_a_determinant_is_greatest_of_what_stands_apart_and_is_good():
    # cosines of 0, 60 and 90 degrees: left of the squared length beside the first .75 and 1: the
    # third. With log q of 0, .2, 0 the second comes first (.4 > 0); left of the others .75, and
    # 1 - .75 = .25 of the third: the first
    angles = torch.tensor([0.0, 60.0, 90.0]).deg2rad()
    points = torch.stack([angles.cos(), angles.sin()], dim=1)

    def row(number: int) -> Tensor:
        return points @ points[number]

    assert greedy_map(row, torch.zeros(3), 2).tolist() == [0, 2]
    assert greedy_map(row, torch.tensor([0.0, 0.2, 0.0]), 2).tolist() == [1, 0]


@pytest.mark.parametrize("seed", range(5))
def test_each_step_has_the_largest_determinant_of_all(seed):
    points = directions(10, 6, seed).double()
    quality = torch.rand(10, generator=Generator().manual_seed(seed)).double()
    kernel = quality[:, None] * (points @ points.T) * quality
    order = greedy_map(lambda i: (points @ points[i]).float(), quality.log().float(), 5).tolist()
    for step in range(5):
        values = {
            j: float(torch.linalg.slogdet(kernel[[*order[:step], j]][:, [*order[:step], j]])[1])
            for j in range(10)
            if j not in order[:step]
        }
        assert values[order[step]] == pytest.approx(max(values.values()), abs=1e-4)


def test_no_more_are_taken_than_there_are_directions():
    points = directions(8, 3)
    assert len(greedy_map(lambda i: points @ points[i], torch.zeros(8), 6)) == 3


def test_what_the_directions_do_not_fill_is_filled_at_random_and_counted():
    problem = problem_for("dpp", sizes=(300,))
    numbers = choose_on(problem, "dpp").subsets[300]
    assert numbers.sort().values.tolist() == list(range(300))
    assert problem.padded[300] > 0


@pytest.mark.parametrize("corruption", ["clean", "noise"])
def test_a_dpps_gradients_have_a_larger_determinant_than_random_ones(corruption):
    problem = problem_for("dpp", corruption)
    wrong, features = pool_gradients(problem)
    ones = torch.cat([torch.ones(len(features), 1), features], dim=1)
    gradients = (wrong[:, :, None] * ones[:, None, :]).flatten(1)
    numbers = choose_on(problem, "dpp", quality=0.0).subsets[30]

    def log_det(chosen: Tensor) -> float:
        rows = unit(gradients[chosen]).double()
        return float(torch.linalg.slogdet(rows @ rows.T)[1])

    assert log_det(numbers) > max(log_det(random_numbers(300, 30, seed)) for seed in range(9))


def test_an_entropy_by_hand():
    # eigenvalues .75, .25; and 1, 0
    matrices = torch.tensor([[[0.75, 0.0], [0.0, 0.25]], [[1.0, 0.0], [0.0, 0.0]]])
    expected = [-(0.75 * log(0.75) + 0.25 * log(0.25)), 0.0]
    assert entropy(matrices).tolist() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_with_all_on_the_shortlist_each_step_has_the_best_vendi_score(seed):
    points = directions(10, 4, seed)
    order = most_diverse(points, 5, 10, Generator().manual_seed(seed)).tolist()
    for step in range(1, 5):
        values = {
            j: vendi_score(points[[*order[:step], j]]) for j in range(10) if j not in order[:step]
        }
        assert values[order[step]] == pytest.approx(max(values.values()), abs=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_a_shortlist_of_two_is_nearly_as_good(seed):
    points = directions(60, 6, seed)
    short, whole = (
        vendi_score(points[most_diverse(points, 8, among, Generator().manual_seed(seed))])
        for among in (2, 60)
    )
    assert short > 0.97 * whole


def test_greedy_comes_near_the_best_of_all_sets():
    points = directions(9, 4)
    best = max(vendi_score(points[list(chosen)]) for chosen in combinations(range(9), 4))
    greedy = most_diverse(points, 4, 9, Generator().manual_seed(0))
    assert vendi_score(points[greedy]) > 0.9 * best


def test_principal_directions_keep_cosines_where_nothing_is_left_out():
    features = torch.randn(12, 5, generator=Generator().manual_seed(0))
    kept = principal(features, 5)
    expected = unit(features) @ unit(features).T
    assert torch.allclose(kept @ kept.T, expected, atol=1e-5)


def test_vendis_set_scores_higher_than_random_ones():
    problem = problem_for("vendi")
    features = problem.course.features
    for size, numbers in choose_on(problem, "vendi").subsets.items():
        drawn = [
            vendi_score(features[random_numbers(problem.count, size, seed)]) for seed in range(9)
        ]
        assert vendi_score(features[numbers]) > 1.1 * np.max(drawn)


@pytest.mark.parametrize("name", METHODS)
def test_exactly_so_many_different_ones_are_chosen_and_the_same_twice(name):
    first, second = (choose_on(problem_for(name), name) for _ in range(2))
    for size, numbers in first.subsets.items():
        assert len(numbers.unique()) == len(numbers) == size
        assert torch.equal(numbers, second.subsets[size])


@pytest.mark.parametrize(
    ("name", "params"),
    [("dpp", {"quality": 0.0}), ("vendi", {"dimension": 8}), ("vendi", {"shortlist": 1})],
)
def test_a_hyperparameter_changes_what_is_chosen(name, params):
    plain = choose_on(problem_for(name), name).subsets[30]
    changed = choose_on(problem_for(name), name, **params).subsets[30]
    assert set(plain.tolist()) != set(changed.tolist())
