"""Reference sets are real images or means of them, a class at a time."""

from __future__ import annotations

import pytest
import torch

from methods.selection.class_mean import class_mean
from suites.selection.distill import references
from suites.selection.distill.references import herded
from suites.selection.tiny import tiny_distill

SETS = (
    references.random,
    references.random_soft,
    references.kmeans,
    references.herding,
)


def members_of(problem, label):
    return problem.images[problem.labels == label]


def among(image, images) -> bool:
    return bool((images == image).flatten(1).all(1).any())


@pytest.mark.parametrize("made_by", SETS, ids=lambda made_by: made_by.__name__)
@pytest.mark.parametrize("per_class", [1, 3])
def test_a_reference_makes_what_is_asked_for_and_the_same_twice(made_by, per_class):
    problem = tiny_distill(None, per_class)
    made = made_by(problem)
    assert made.images.shape == (10 * per_class, *problem.images.shape[1:])
    assert len(made.labels) == 10 * per_class
    assert torch.equal(made.images, made_by(tiny_distill(None, per_class)).images)


@pytest.mark.parametrize("made_by", [references.random, references.herding])
def test_real_images_are_different_ones_of_their_class(made_by):
    problem = tiny_distill(None, 3)
    made = made_by(problem)
    for image, label in zip(made.images, made.labels, strict=True):
        assert among(image, members_of(problem, label))
    assert len(made.images.unique(dim=0)) == 30


@pytest.mark.parametrize("made_by", [class_mean, references.kmeans])
def test_one_mean_or_cluster_is_the_class_s_mean(made_by):
    problem = tiny_distill(None, 1)
    made = made_by(problem)
    for image, label in zip(made.images, made.labels, strict=True):
        assert torch.allclose(image, members_of(problem, label).mean(0), atol=1e-5)


def test_cluster_centres_are_nearer_to_a_class_than_means_of_random_parts():
    problem = tiny_distill(None, 3)

    def distance(made):
        total = 0.0
        for label in range(10):
            centres = made.images[made.labels == label].flatten(1)
            total += float(
                torch.cdist(members_of(problem, label).flatten(1), centres).amin(1).sum()
            )
        return total

    assert distance(references.kmeans(problem)) < distance(class_mean(problem))


def test_soft_labels_are_the_teachers():
    problem = tiny_distill(None, 2)
    made = references.random_soft(problem)
    assert torch.allclose(made.labels, problem.teacher.logits(made.images).softmax(1))
    agreed = (made.labels.argmax(1) == problem.made_labels).float().mean()
    assert agreed > 0.6


def test_herding_by_hand():
    # features 0, 1, 5, 10: mean 4.  first: nearest to 4: 5.  then nearest to 8 - 5 = 3: 1 (2 off)
    # third: nearest to 12 - 6 = 6 of those left, 0 and 10: 10 (4 off)
    features = torch.tensor([[0.0], [1.0], [5.0], [10.0]])
    assert herded(features, 3).tolist() == [2, 1, 3]


def test_herdings_mean_is_nearer_to_the_class_s_than_a_random_one():
    features = torch.randn(200, 5, generator=torch.Generator().manual_seed(0))
    order = torch.randperm(200, generator=torch.Generator().manual_seed(1))

    def error(rows):
        return float((features[rows].mean(0) - features.mean(0)).norm())

    assert error(herded(features, 20)) < 0.5 * error(order[:20])
