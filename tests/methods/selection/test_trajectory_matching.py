"""MTT and DATM: windows by hand, starts, and what is learnt."""

from __future__ import annotations

import torch

from methods.selection.datm import datm, got_right, window
from methods.selection.mtt import mtt
from suites.selection.networks import Network
from suites.selection.tiny import tiny_distill
from suites.selection.training import Examples

COURSE = {"experts": 1, "course_epochs": 2.0, "points": 4, "ahead": 1, "latest": 1}
FIT = {
    "iterations": 3, "steps": 2, "batch": 10, "rate": 0.02, "image_rate": 100.0, "log_rate": 0.1
}  # fmt: skip

LINEAR = Network(
    {"head.weight": (10, 64), "head.bias": (10,)}, lambda parts, images: images.flatten(1), 10
)


def test_datms_window_grows_with_the_size_and_along_the_iterations():
    # 10^.6 = 3.98: twice as much ends at 7.96 and begins at half of it, 3.98
    assert window(2, 1, 0.0) == 1
    assert window(2, 1, 0.5) == window(2, 1, 1.0) == 2
    assert window(2, 10, 0.0) == 4
    assert window(2, 10, 0.25) == 6  # three quarters: 5.97
    assert window(2, 10, 0.9) == 8


def test_datm_begins_with_real_images_that_an_expert_gets_right():
    problem = tiny_distill(per_class=2)
    problem.network = LINEAR
    pool = Examples(problem.images, problem.labels)
    with problem._meter:
        weights = problem.train(pool, 20)
        images, logits = got_right(problem, weights)
    assert torch.equal(logits.argmax(1), problem.made_labels)
    torch.testing.assert_close(logits, problem.network.logits(weights, images), atol=1e-4, rtol=0)
    taken = [(problem.images == image).flatten(1).all(1).nonzero()[0] for image in images]
    assert torch.equal(problem.labels[torch.cat(taken)], problem.made_labels)
    assert len(torch.cat(taken).unique()) == 20


def test_datm_begins_with_the_nearest_where_nothing_is_right():
    problem = tiny_distill(per_class=2)
    weights = torch.zeros(problem.network.size)  # all logits 0: class 0 for every image
    images, logits = got_right(problem, weights)
    assert images.shape == (20, 1, 8, 8)
    assert not logits.any()


def test_mtt_returns_classes_and_the_rate_that_it_learnt():
    problem = tiny_distill(needs=())
    with problem._meter:
        made = mtt(problem, **COURSE, **FIT)
    assert torch.equal(made.labels, problem.made_labels)
    assert made.rate not in (None, FIT["rate"])
    again = tiny_distill(needs=())
    still = mtt(again, **COURSE, **{**FIT, "log_rate": 0.0, "iterations": 1})
    assert abs(still.rate - FIT["rate"]) < 1e-7


def test_datm_returns_probabilities_that_it_learnt():
    rates = []
    for label_rate in (0.0, 2.0):
        problem = tiny_distill(needs=(), per_class=2)
        with problem._meter:
            made = datm(problem, **COURSE, **FIT, label_rate=label_rate)
        torch.testing.assert_close(made.labels.sum(1), torch.ones(20))
        rates.append(made.labels)
    assert not torch.equal(*rates)
