"""Herding, k-center, facility location, graph cut, SemDeDup: methods that look at features."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Generator, Tensor

from methods.selection.graph_cut import cut
from methods.selection.herding import herd
from methods.selection.semdedup import duplication
from suites.selection.figures import copies_an_original
from suites.selection.geometry import distances, facility_location, similarity
from suites.selection.scores import quotas
from suites.selection.tiny import CLASSES, pool_assets
from tests.methods.selection.tiny import choose_on, numbers_of, problem_for, random_numbers

METHODS = ("herding", "kcenter", "facility_location", "graph_cut", "semdedup")
BY_CLASS = ("herding", "facility_location", "graph_cut")


def cloud(count: int, width: int = 3, seed: int = 0) -> Tensor:
    return torch.randn(count, width, generator=Generator().manual_seed(seed))


def shares(labels: Tensor, numbers: Tensor) -> list[int]:
    return torch.bincount(labels[numbers], minlength=CLASSES).tolist()


def test_herding_by_hand():
    # mean 2.5. First nearest to 2.5: 2 (before 3, both .5 away). Then 2 * 2.5 - 2 = 3: 3.
    # Then 7.5 - 5 = 2.5: of 0 and 5 both 2.5 away: 0
    line = torch.tensor([[0.0], [2.0], [3.0], [5.0]])
    assert herd(line, 3).tolist() == [1, 2, 0]


@pytest.mark.parametrize("seed", range(5))
def test_each_step_of_herding_brings_the_mean_nearest_to_the_classs(seed):
    features = cloud(12, seed=seed)
    order = herd(features, 6).tolist()
    for step in range(6):
        misses = {
            j: float((features[[*order[:step], j]].mean(0) - features.mean(0)).norm())
            for j in range(12)
            if j not in order[:step]
        }
        assert misses[order[step]] == pytest.approx(min(misses.values()), abs=1e-5)


@pytest.mark.parametrize("corruption", ["clean", "noise"])
def test_herdings_classes_have_a_mean_nearer_to_the_pools_than_random_ones(corruption):
    problem = problem_for("herding", corruption)
    features, labels = problem.course.features, problem.labels
    numbers = choose_on(problem, "herding").subsets[30]
    drawn = torch.cat(
        [
            (labels == label).nonzero()[:, 0][random_numbers(int((labels == label).sum()), count)]
            for label, count in enumerate(shares(labels, numbers))
        ]
    )

    def error(chosen: Tensor) -> float:
        return sum(
            float(
                (
                    features[chosen[labels[chosen] == c]].mean(0) - features[labels == c].mean(0)
                ).norm()
            )
            for c in range(CLASSES)
        )

    assert error(numbers) < 0.7 * error(drawn)


def test_graph_cut_by_hand():
    # on a line at 0, 1, 5: s = 5 - distance: rows 5 4 0; 4 5 1; 0 1 5. Sums 9, 10, 6.
    # gains, each less 5: 4, 5, 1: 1. Then 4 - 8 = -4, 1 - 2 = -1: 2. Twice the weight: 13, 15, 7:
    # 1; then 13 - 8 = 5, 7 - 2 = 5: 0
    similarities = similarity(distances(torch.tensor([[0.0], [1.0], [5.0]])))
    assert cut(similarities, 3, 1.0).tolist() == [1, 2, 0]
    assert cut(similarities, 2, 2.0).tolist() == [1, 0]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("weight", [0.5, 2.0])
def test_each_step_of_graph_cut_is_the_best_of_all(seed, weight):
    similarities = similarity(distances(cloud(10, seed=seed)))

    def value(chosen: list[int]) -> float:
        among = similarities[chosen][:, chosen].sum()
        return float(weight * similarities[:, chosen].sum() - among)

    order = cut(similarities, 5, weight).tolist()
    for step in range(5):
        values = {j: value([*order[:step], j]) for j in range(10) if j not in order[:step]}
        assert values[order[step]] == pytest.approx(max(values.values()), abs=1e-4)


def test_facility_location_covers_each_class_by_itself():
    problem = problem_for("facility_location", sizes=(30,))
    numbers = choose_on(problem, "facility_location").subsets[30]
    features, labels = problem.course.features, problem.labels
    for label in range(CLASSES):
        members = (labels == label).nonzero()[:, 0]
        own = numbers[labels[numbers] == label]
        order = facility_location(similarity(distances(features[members])), len(own))
        assert members[order].tolist() == own.tolist()


@pytest.mark.parametrize("name", BY_CLASS)
@pytest.mark.parametrize("corruption", ["clean", "tail"])
def test_a_class_gets_its_share_of_every_size(name, corruption):
    problem = problem_for(name, corruption, sizes=(7, 20))
    counts = torch.bincount(problem.labels, minlength=CLASSES)
    for size, numbers in choose_on(problem, name).subsets.items():
        assert shares(problem.labels, numbers_of(numbers)) == quotas(counts, size).tolist()


def test_semdedup_measures_each_example_by_those_farther_from_its_clusters_centre():
    # two clusters, far apart. One at angles 0, 10, 40 degrees: the centre lies near 16.5, so that
    # the order is 40, 0, 10; m: -1, cos 40, cos 10. The other: -170 alone
    angles = torch.tensor([0.0, 10.0, 40.0, -170.0]).deg2rad()
    points = torch.stack([angles.cos(), angles.sin()], dim=1) * torch.tensor([[1], [2], [3], [1]])
    likeness = duplication(points, 2, Generator().manual_seed(0))
    expected = [angles[2].cos(), angles[1].cos(), -1, -1]
    assert likeness.tolist() == pytest.approx([float(x) for x in expected], abs=1e-5)


@pytest.mark.parametrize("name", ["semdedup", "kcenter"])
def test_fewer_copies_of_one_original_are_kept_than_at_random(name):
    originals = pool_assets("copies")["answers"].tensors["original"]
    problem = problem_for(name, "copies")
    numbers = numbers_of(choose_on(problem, name).subsets[90])
    drawn = [
        copies_an_original(random_numbers(problem.count, 90, seed), originals) for seed in range(9)
    ]
    assert copies_an_original(numbers, originals) < min(drawn)


def test_kcenter_leaves_nothing_as_far_as_a_random_set_does():
    problem = problem_for("kcenter")
    between = distances(problem.course.features)
    numbers = choose_on(problem, "kcenter").subsets[30]
    radii = [
        float(between[:, random_numbers(problem.count, 30, seed)].amin(1).max())
        for seed in range(9)
    ]
    assert float(between[:, numbers].amin(1).max()) < min(radii)


@pytest.mark.parametrize("name", METHODS)
def test_exactly_so_many_different_ones_are_chosen_and_the_same_twice(name):
    first, second = (choose_on(problem_for(name), name) for _ in range(2))
    for size, subset in first.subsets.items():
        assert len(numbers_of(subset).unique()) == len(numbers_of(subset)) == size
        assert torch.equal(numbers_of(subset), numbers_of(second.subsets[size]))


@pytest.mark.parametrize("name", ["kcenter", "semdedup"])
def test_a_smaller_choice_is_the_beginning_of_a_larger_one(name):
    subsets = list(choose_on(problem_for(name), name).subsets.values())
    for small, large in pairwise(subsets):
        assert small.tolist() == large[: len(small)].tolist()


@pytest.mark.parametrize(
    ("name", "params"), [("graph_cut", {"weight": 4.0}), ("semdedup", {"clusters": 5})]
)
def test_a_hyperparameter_changes_what_is_chosen(name, params):
    plain = choose_on(problem_for(name), name).subsets[30]
    changed = choose_on(problem_for(name), name, **params).subsets[30]
    assert set(plain.tolist()) != set(changed.tolist())
