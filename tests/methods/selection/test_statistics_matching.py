"""SRe2L, CDA, DWA and RDED: their own steps by hand, and what they make of a tiny pool."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from methods.selection.cda import cda, least_area
from methods.selection.dwa import dwa, moved
from methods.selection.rded import amid_zeros, four_to_an_image, rded, surest
from methods.selection.sre2l import sre2l
from suites.selection.tiny import tiny_distill

SHORT = {"steps": 60, "steps_of_many": 60, "jitter": 1}


def test_cdas_least_area_falls_along_a_cosine_until_the_milestone():
    # .08 + .92 (1 + cos(pi t / milestone)) / 2: at 0 1, half-way .08 + .46 = .54
    assert least_area(0.0, 1.0) == pytest.approx(1)
    assert least_area(0.5, 1.0) == pytest.approx(0.54)
    assert least_area(0.25, 0.5) == pytest.approx(0.54)
    assert least_area(0.5, 0.5) == least_area(0.9, 0.5) == 0.08
    assert least_area(0.0, 0.0) == 0.08


def _flat(teacher):
    return torch.cat([part.flatten() for part in teacher.parts.values()])


def _loss(teacher, images, labels):
    return float(F.cross_entropy(teacher.logits(images), labels))


def test_dwas_single_climb_is_as_long_as_its_reach_and_along_the_gradient():
    problem = tiny_distill()
    teacher, images, labels = problem.teacher, problem.real_start(), problem.made_labels
    leaves = {name: part.clone().requires_grad_() for name, part in teacher.parts.items()}
    loss = F.cross_entropy(type(teacher)(leaves, teacher.running).logits(images), labels)
    gradient = torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(leaves.values()))])
    with problem._meter:
        change = _flat(moved(teacher, images, labels, 1, 0.015)) - _flat(teacher)
    assert float(change.norm()) == pytest.approx(0.015, rel=1e-3)
    assert float(F.cosine_similarity(change, gradient, dim=0)) > 0.999


def test_dwas_climbs_raise_the_loss_and_leave_the_trained_teacher_as_it_was():
    problem = tiny_distill()
    teacher, images, labels = problem.teacher, problem.real_start(), problem.made_labels
    before = _flat(teacher).clone()
    climbed = moved(teacher, images, labels, 12, 0.015)
    assert _loss(climbed, images, labels) > _loss(teacher, images, labels)
    assert float((_flat(climbed) - before).norm()) <= 0.015 * 1.001
    assert torch.equal(_flat(problem.teacher), before)


def test_rdeds_patch_lies_in_the_middle_of_zeros():
    # 2 x 2 in 5 x 5: one row before, two after
    image = amid_zeros(torch.ones(1, 1, 2, 2), 5)[0, 0]
    assert image.nonzero().tolist() == [[1, 1], [1, 2], [2, 1], [2, 2]]


def test_rdeds_four_patches_fill_an_image_row_by_row():
    patches = torch.arange(8.0)[:, None, None, None].expand(8, 1, 1, 1)  # two images
    first, second = four_to_an_image(patches)
    assert first[0].tolist() == [[0, 2], [4, 6]]
    assert second[0].tolist() == [[1, 3], [5, 7]]


def test_rded_takes_the_surest_crop_of_each_image_and_the_surest_of_these():
    problem = tiny_distill()
    patches = torch.stack([problem.drawn(3, 6), problem.drawn(5, 6)], 1)  # (images, crops, ...)
    losses = -problem.teacher.logits(patches.flatten(0, 1)).log_softmax(1)[:, 3].view(6, 2)
    best = sorted(range(6), key=lambda image: float(losses[image].min()))[:2]
    with problem._meter:
        taken = surest(problem.teacher, patches, 3, side=8, count=2)
    expected = [patches[image, int(losses[image].argmin())] for image in best]
    assert torch.equal(taken, torch.stack(expected))


@pytest.mark.parametrize(
    ("method", "params"),
    [
        (sre2l, SHORT),
        (cda, {**SHORT, "milestone": 1.0}),
        (dwa, {**SHORT, "climbs": 12, "reach": 0.015, "variance": 11.0}),
        (rded, {"crops": 5, "across": 1}),
    ],
)
def test_the_teacher_takes_what_is_made_for_the_class_that_was_asked_for(method, params):
    problem = tiny_distill(needs=("teacher",), per_class=2)
    with problem._meter:
        made = method(problem, **params)
    right = made.labels.argmax(1) == problem.made_labels
    assert right.float().mean() >= 0.9
    torch.testing.assert_close(made.labels.sum(1), torch.ones(20))


def test_rdeds_mosaics_hold_crops_of_their_class_alone():
    problem = tiny_distill(needs=("teacher",))
    problem.images = problem.labels[:, None, None, None].expand(-1, 1, 8, 8).float()
    made = rded(problem, crops=2, across=2)
    assert torch.allclose(made.images, torch.arange(10.0)[:, None, None, None].expand(-1, 1, 8, 8))
