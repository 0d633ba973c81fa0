"""Strangeness by hand, and what fitting images to a teacher does."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from bench.contract.job import ContractError
from suites.selection.distill.statistics import WEIGHT, recovered, shifted, strangeness
from suites.selection.distill.teacher import Statistics
from suites.selection.tiny import tiny_distill


def test_strangeness_weighs_the_first_norm_tenfold_and_variances_as_told():
    # first: means (3, 4) apart, 5; variances alike: 10 (5 + 0) = 50
    # second: means alike; variances (6, 8) apart, 10: 1 (0 + 11 x 10) = 110
    zeros, ones = torch.zeros(2), torch.ones(2)
    running = (Statistics(zeros, ones), Statistics(zeros, ones))
    seen = (
        Statistics(torch.tensor([3.0, 4.0]), ones),
        Statistics(zeros, torch.tensor([7.0, 9.0])),
    )
    assert strangeness(seen, running, variance=11.0).item() == pytest.approx(160)
    assert strangeness(running, running).item() == 0


def test_all_images_are_rolled_alike_by_no_more_than_asked():
    images = torch.zeros(2, 1, 9, 9)
    images[:, :, 4, 4] = 1
    draws, places = torch.Generator().manual_seed(0), set()
    for _ in range(100):
        first, second = shifted(images, 1, draws)
        assert torch.equal(first, second)
        places.add(tuple(first[0].nonzero()[0].tolist()))
    assert places == {(row, column) for row in (3, 4, 5) for column in (3, 4, 5)}


def _loss(problem, images):
    logits, seen = problem.teacher.outputs(images)
    familiar = WEIGHT * strangeness(seen, problem.teacher.running)
    return float(F.cross_entropy(logits, torch.arange(problem.classes)) + familiar)


def test_fitting_lowers_what_it_minimises_and_stays_among_possible_pixels():
    problem = tiny_distill()
    start = torch.randn(10, 1, 8, 8, generator=problem.generator)
    with problem._meter:
        made = recovered(problem, start, lambda images, _: images, steps=100)
    assert _loss(problem, made.images) < 0.5 * _loss(problem, start)
    assert made.images.min() >= problem.lowest
    assert made.images.max() <= problem.highest


def test_labels_are_the_teachers_probabilities_of_the_images_that_are_returned():
    problem = tiny_distill()
    made = recovered(problem, problem.real_start(), lambda images, _: images, steps=2)
    assert torch.equal(made.labels, problem.teacher.logits(made.images).softmax(1))


def test_images_of_another_batch_change_nothing():
    """Batches hold one image of each class: the first of each is fitted as if it were alone."""
    alone, beside = tiny_distill(per_class=1), tiny_distill(per_class=2)
    start = alone.real_start()
    twice = torch.stack([start, beside.real_start()[::2]], 1).flatten(0, 1)
    one = recovered(alone, start, lambda images, _: images, steps=5)
    two = recovered(beside, twice, lambda images, _: images, steps=5)
    assert torch.equal(two.images[::2], one.images)


def test_a_teacher_that_was_not_asked_for_is_refused():
    problem = tiny_distill(needs=())
    with pytest.raises(ContractError, match="teacher"):
        recovered(problem, problem.real_start(), lambda images, _: images, steps=1)
