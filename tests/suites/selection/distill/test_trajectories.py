"""Trajectories: unrolled steps and the distance by hand, and what matching does."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from suites.selection.distill.trajectories import Matching, distance, experts, matched, unrolled
from suites.selection.networks import Network
from suites.selection.tiny import tiny_distill
from suites.selection.training import Examples, Recipe

SGD = Recipe("sgd", rate=0.01, decay=0.0, momentum=0.0, cosine=False)
LINE = Network(
    {"head.weight": (2, 1), "head.bias": (2,)}, lambda parts, images: images.flatten(1), 2
)


PIXELS = Network(
    {"head.weight": (10, 64), "head.bias": (10,)}, lambda parts, images: images.flatten(1), 10
)


def plain():
    return lambda images: images


def test_distance_is_what_is_left_over_what_there_was():
    # left (0, 2): 4. There was (3, 4): 25
    start, target = torch.zeros(2), torch.tensor([3.0, 4.0])
    assert distance(torch.tensor([3.0, 2.0]), start, target).item() == pytest.approx(4 / 25)
    assert distance(start, start, target).item() == 1


def test_an_unrolled_step_is_one_of_gradient_descent():
    # Logits 0, 0: p = (1/2, 1/2); image 2, class 1: d/dlogits = p - y = (1/2, -1/2), times the
    # image for the weights: (1, -1, 1/2, -1/2). At rate .1 all weights move by minus a tenth.
    batch = Examples(torch.full((1, 1, 1, 1), 2.0), torch.tensor([1]))
    reached = unrolled(LINE, torch.zeros(4), [batch], torch.tensor(0.1), plain)
    torch.testing.assert_close(reached, torch.tensor([-0.1, 0.1, -0.05, 0.05]))


def test_gradients_pass_through_all_steps_to_images_labels_and_rate():
    draws = torch.Generator().manual_seed(0)
    network = tiny_distill().network
    start = network.start(draws).double()
    images = torch.randn(3, 1, 8, 8, generator=draws).double()
    logits, rate = torch.randn(3, 10, generator=draws).double(), torch.tensor(0.2).double()
    target = start + 0.01 * torch.randn(len(start), generator=draws).double()

    def left(images, logits, rate):
        batches = [Examples(images, logits.softmax(1))] * 3
        return distance(unrolled(network, start, batches, rate, plain), start, target)

    leaves = [tensor.requires_grad_() for tensor in (images, logits, rate)]
    gradients = torch.autograd.grad(left(*leaves), leaves)
    along = [torch.randn(tensor.shape, generator=draws).double() for tensor in leaves]
    with torch.enable_grad():
        ends = [
            left(*(leaf + side * 1e-6 * step for leaf, step in zip(leaves, along, strict=True)))
            for side in (1, -1)
        ]
    measured = float((ends[0] - ends[1]).detach() / 2e-6)
    expected = sum(float((g * step).sum()) for g, step in zip(gradients, along, strict=True))
    assert measured == pytest.approx(expected, rel=1e-4)


def test_experts_keep_equally_distant_points_of_the_suites_own_training():
    problem, other = tiny_distill(), tiny_distill()
    with problem._meter:
        courses = experts(problem, 2, 2.0, 3, SGD)
    pool = Examples(other.images, other.labels)
    kept = {}
    start = other.network.start(other.generator)
    with other._meter:
        other.train(
            pool, 2.0, start=start, recipe=SGD, each=lambda n, w: kept.update({n: w.clone()})
        )
    at = [round(len(kept) * point / 3) for point in (1, 2, 3)]
    assert courses.shape == (2, 4, problem.network.size)
    assert torch.equal(courses[0], torch.stack([start, *(kept[step] for step in at)]))
    assert not torch.equal(courses[0, 0], courses[1, 0])
    assert problem._meter.spent["forward_passes"] == 2 * other._meter.spent["forward_passes"]


HOW = Matching(
    iterations=15, steps=4, ahead=1, batch=10, rate=0.02, image_rate=10.0, label_rate=10.0,
    log_rate=0.1,
)  # fmt: skip


def _left(problem, course, images, labels, rate):
    batches = [Examples(images, labels)] * HOW.steps
    reached = unrolled(problem.network, course[0], batches, torch.tensor(rate), plain)
    return float(distance(reached, course[0], course[1]).detach())


@pytest.mark.parametrize("soft", [False, True])
def test_matching_brings_steps_nearer_to_where_the_expert_went(soft):
    problem = tiny_distill()
    problem.network = PIXELS
    logits = 5 * F.one_hot(problem.made_labels).float() if soft else None
    before = problem.made_labels if logits is None else logits.softmax(1)
    start = problem.real_start()
    with problem._meter:
        courses = experts(problem, 1, 2.0, 2, SGD)
        made = matched(problem, courses, start, logits, HOW, lambda _: 0, plain)
    left = _left(problem, courses[0], made.images, made.labels, made.rate)
    assert left < 0.9 * _left(problem, courses[0], start, before, HOW.rate)
    assert (made.labels.ndim == 2) == soft


def test_no_start_lies_after_the_window_or_without_a_target():
    """A course whose later points are infinite would show in what is made."""
    problem = tiny_distill()
    courses = experts(problem, 1, 2.0, 4, SGD)
    courses[0, 3:] = torch.inf
    made = matched(problem, courses, problem.real_start(), None, HOW, lambda _: 1, plain)
    assert made.images.isfinite().all()
    ends = tiny_distill()
    made = matched(ends, courses[:, :2], ends.real_start(), None, HOW, lambda _: 9, plain)
    assert made.images.isfinite().all()


def test_each_step_draws_its_augmentation():
    drawn = []

    def augment():
        drawn.append(len(drawn))
        return lambda images: images + drawn[-1]

    batches = [Examples(torch.ones(1, 1, 1, 1), torch.tensor([1]))] * 3
    rate = torch.tensor(0.1)
    moved = unrolled(LINE, torch.zeros(4), batches, rate, augment)
    assert drawn == [0, 1, 2]
    assert not torch.equal(moved, unrolled(LINE, torch.zeros(4), batches, rate, plain))
