"""DSA's augmentations: the same for every image of a draw, differentiable, known to the meter."""

from __future__ import annotations

from math import cos, pi, sin

import pytest
import torch

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.selection.counters import COUNTERS
from suites.selection.distill.augmentations import (
    FOR_CLOTHES,
    FOR_DIGITS,
    STRATEGIES,
    Augmentation,
    augmenting,
    draw,
)
from suites.selection.networks import build

SIDE = 8


def images(count: int = 3, channels: int = 1, side: int = SIDE) -> torch.Tensor:
    draws = torch.Generator().manual_seed(0)
    return torch.randn(count, channels, side, side, generator=draws)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_colour_moves_pixels_then_draws_them_to_or_from_their_mean():
    # brightness .75: + (.75 - .5) * 1 = .25; pixels 1, 3 become 1.25, 3.25, their mean 2.25
    # contrast .5: times .5 + .5 = 1 about the mean: unchanged;  contrast 0: times .5: 1.75, 2.75
    pixels = torch.tensor([[[[1.0, 3.0], [1.0, 3.0]]]])
    same = Augmentation("colour", (0.75, 0.9, 0.5))(pixels)
    half = Augmentation("colour", (0.75, 0.1, 0.0))(pixels)
    assert same[0, 0, 0].tolist() == [1.25, 3.25]
    assert half[0, 0, 0].tolist() == [1.75, 2.75]


def test_saturation_scales_what_a_pixels_channels_differ_by():
    # channels 0, 3, 6 of each pixel: mean 3; saturation .25: times .25 * 2 = .5: 1.5, 3, 4.5
    # then contrast .5: times 1, so unchanged
    pixels = torch.tensor([0.0, 3.0, 6.0]).view(1, 3, 1, 1).expand(1, 3, 2, 2)
    changed = Augmentation("colour", (0.5, 0.25, 0.5))(pixels)
    assert changed[0, :, 1, 1].tolist() == [1.5, 3.0, 4.5]


def test_a_crop_shifts_by_whole_pixels_and_fills_with_zeros():
    # side 8: at most int(8 / 8 + .5) = 1 pixel; numbers in three equal parts: -1, 0, 1
    # down .99: the window begins 1 lower, so the image moves up by 1; right .5: it stays
    whole = images()
    shifted = Augmentation("crop", (0.99, 0.5, 0.0))(whole)
    assert torch.equal(shifted[:, :, :-1], whole[:, :, 1:])
    assert not shifted[:, :, -1].any()


@pytest.mark.parametrize(
    ("number", "rows"),
    [
        # side 8: a square of 4; its centre is at floor(number * 9), it begins 2 before
        (0.0, range(2)),  # centre 0: rows -2 to 1
        (0.5, range(2, 6)),  # centre 4
        (0.99, range(6, 8)),  # centre 8: rows 6 to 9
    ],
)
def test_a_cutout_is_a_square_that_may_lie_over_an_edge(number, rows):
    cut = Augmentation("cutout", (number, 0.5, 0.0))(torch.ones(2, 1, SIDE, SIDE))
    zeros = (cut == 0).nonzero()
    assert {row for _, _, row, _ in zeros.tolist()} == set(rows)
    assert {column for _, _, _, column in zeros.tolist()} == {2, 3, 4, 5}


def test_a_flip_mirrors_below_a_half():
    whole = images()
    assert torch.equal(Augmentation("flip", (0.49, 0, 0))(whole), whole.flip(3))
    assert torch.equal(Augmentation("flip", (0.5, 0, 0))(whole), whole)


def test_no_scaling_and_no_turn_leave_an_image_as_it_is():
    # a side is multiplied by u (1.2 - 1 / 1.2) + 1 / 1.2, which is 1 at u = (1 / 6) / (11 / 30)
    whole, neutral = images(), (1 / 6) / (11 / 30)
    assert torch.allclose(Augmentation("scale", (neutral, neutral, 0))(whole), whole, atol=1e-5)
    assert torch.allclose(Augmentation("rotate", (0.5, 0, 0))(whole), whole, atol=1e-5)


def test_scaling_reads_an_image_at_stretched_places():
    # an image whose pixel is its own x in [-1, 1]: read at x * 1 / 1.2 (u = 0), away from edges
    x = (torch.arange(SIDE) * 2 + 1) / SIDE - 1
    ramp = x.expand(1, 1, SIDE, SIDE)
    scaled = Augmentation("scale", (0.0, 0.9, 0.0))(ramp)
    assert torch.allclose(scaled[0, 0, 4, 1:-1], x[1:-1] / 1.2, atol=1e-6)


def test_a_turn_reads_an_image_at_turned_places():
    # the largest turn but one part in a hundred: 15 degrees * .98; x' = x cos a - y sin a
    side = 16
    x = (torch.arange(side) * 2 + 1) / side - 1
    ramp = x.expand(1, 1, side, side)
    turned = Augmentation("rotate", (0.99, 0.0, 0.0))(ramp)
    angle = 15 * 0.98 * pi / 180
    expected = x[8] * cos(angle) - x[6] * sin(angle)
    assert float(turned[0, 0, 6, 8]) == pytest.approx(float(expected), abs=1e-6)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_draw_does_the_same_to_an_image_whatever_the_batch(strategy):
    drawn = Augmentation(strategy, (0.3, 0.7, 0.2))
    whole = images(5, 3)
    assert torch.allclose(drawn(whole)[3:4], drawn(whole[3:4]), atol=1e-6)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_gradients_pass(strategy):
    drawn = Augmentation(strategy, (0.3, 0.7, 0.2))
    whole = images(2, 3).double().requires_grad_()
    assert torch.autograd.gradcheck(drawn, (whole,))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_matching_gradients_through_a_draw_is_metered(strategy):
    network = build({"name": "convnet3", "channels": 1, "side": SIDE, "classes": 2, "width": 2})
    weights = network.start(generator()).requires_grad_()
    made = images(2).requires_grad_()
    meter = Meter(Budget(), COUNTERS)
    with meter:
        changed = Augmentation(strategy, (0.3, 0.7, 0.2))(made)
        loss = network.logits(weights, changed).logsumexp(1).sum()
        (gradient,) = torch.autograd.grad(loss, weights, create_graph=True)
        (of_images,) = torch.autograd.grad(gradient.square().sum(), made)
    assert of_images.abs().sum() > 0
    assert meter.flops > 0


def test_drawing_is_metered_and_hangs_on_the_generator_alone():
    with Meter(Budget(), COUNTERS):
        first, again = draw(generator(), FOR_CLOTHES), draw(generator(), FOR_CLOTHES)
    assert first == again
    assert draw(generator(1), FOR_CLOTHES) != first


def test_every_strategy_is_drawn_and_digits_are_never_mirrored():
    draws = generator()
    assert {draw(draws, FOR_CLOTHES).strategy for _ in range(100)} == set(STRATEGIES)
    assert {draw(draws, FOR_DIGITS).strategy for _ in range(100)} == set(STRATEGIES) - {"flip"}


def test_each_batch_of_a_training_gets_a_draw_of_its_own():
    augment, draws = augmenting(("crop",)), generator()
    whole = images()
    changed = [augment(whole, draws) for _ in range(10)]
    assert any(not torch.equal(changed[0], other) for other in changed)
