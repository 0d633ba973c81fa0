"""Styles and glyphs: range, determinism, blending, and what each style does to a known image."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.common.draws import generator
from suites.common.glyphs import draw_classes, render
from suites.merging.compose.styles import STYLES, restyle


def some_ink(count=6, size=20):
    """Instances of as many classes, shape (count, size, size)."""
    return render(draw_classes(count, generator(0, "classes")), size, generator(0, "instances"))


@pytest.mark.parametrize("style", STYLES)
@settings(deadline=None, max_examples=20)
@given(strength=st.floats(0, 1), seed=st.integers(0, 5), size=st.sampled_from([8, 20, 24, 27]))
def test_every_style_keeps_shape_and_range_at_every_strength(style, strength, seed, size):
    ink = torch.rand(3, size, size, generator=generator(seed, "ink"))
    styled = restyle(ink, style, strength, generator(seed, "style"))
    assert styled.shape == ink.shape
    assert styled.min() >= 0
    assert styled.max() <= 1 + 1e-6


@pytest.mark.parametrize("style", STYLES)
def test_strength_0_is_ink(style):
    ink = some_ink()
    assert torch.equal(restyle(ink, style, 0.0, generator(0, "style")), ink)


@pytest.mark.parametrize("style", [name for name in STYLES if name != "ink"])
def test_every_other_style_changes_the_image(style):
    ink = some_ink()
    assert (restyle(ink, style, 1.0, generator(0, "style")) - ink).abs().mean() > 0.02


@pytest.mark.parametrize("style", STYLES)
def test_a_style_draws_from_its_generator_alone(style):
    ink = some_ink()
    first = restyle(ink, style, 0.7, generator(1, "style"))
    torch.rand(3)
    assert torch.equal(first, restyle(ink, style, 0.7, generator(1, "style")))


def test_a_blend_lies_between_ink_and_style():
    ink = torch.tensor([[[0.2, 1.0]]])
    # 0.6 (1 - 0.2) + 0.4 x 0.2 = 0.56;   0.6 x 0 + 0.4 x 1 = 0.4
    blended = restyle(ink, "inverse", 0.6, generator(0, "style"))
    torch.testing.assert_close(blended, torch.tensor([[[0.56, 0.4]]]))


def test_the_outline_of_a_square_is_its_border():
    square = torch.zeros(1, 9, 9)
    square[0, 2:7, 2:7] = 1
    found = restyle(square, "outline", 1.0, generator(0, "style"))[0]
    assert found[4, 4] == 0  # the middle: 1 all around
    assert found[2, 2] == found[4, 2] == 1  # on the border, inside
    assert found[1, 4] == 1  # on the border, outside
    assert found[0, 0] == 0


def test_low_res_gives_each_block_its_mean():
    image = torch.zeros(1, 8, 8)
    image[0, :4, :4] = torch.arange(16.0).view(4, 4) / 16
    found = restyle(image, "low_res", 1.0, generator(0, "style"))[0]
    # (0 + 1 + ... + 15) / 16 / 16 = 0.46875
    assert torch.equal(found[:4, :4], torch.full((4, 4), 0.46875))
    assert found[4:].abs().sum() == 0


def test_dots_keep_a_quarter_of_the_pixels():
    found = restyle(torch.ones(4, 20, 20), "dots", 1.0, generator(0, "style"))
    assert found.mean((1, 2)).tolist() == [0.25] * 4


def test_a_grating_has_opposite_phase_on_strokes():
    ground = restyle(torch.zeros(1, 8, 8), "grating", 1.0, generator(0, "style"))
    stroke = restyle(torch.ones(1, 8, 8), "grating", 1.0, generator(0, "style"))
    torch.testing.assert_close(ground, 1 - stroke)
    torch.testing.assert_close(ground[:, 4:], ground[:, :4])  # period 4


def test_glyphs_are_in_range_and_are_neither_empty_nor_full():
    ink = some_ink(40)
    assert ink.shape == (40, 20, 20)
    assert ink.min() >= 0
    assert ink.max() <= 1
    shares = ink.mean((1, 2))
    assert shares.min() > 0.03
    assert shares.max() < 0.7


def test_instances_of_a_class_are_closer_than_those_of_others():
    shapes = draw_classes(8, generator(0, "classes")).repeat_interleave(10, 0)
    ink = render(shapes, 20, generator(0, "instances")).flatten(1)
    distances = torch.cdist(ink, ink)
    same = torch.arange(80)[:, None] // 10 == torch.arange(80) // 10
    assert distances[~same].mean() > 1.3 * distances[same & (distances > 0)].mean()


def test_instances_differ_and_come_again_from_the_same_generator():
    shapes = draw_classes(1, generator(0, "classes")).expand(3, -1, -1, -1)
    first = render(shapes, 20, generator(0, "a"))
    assert not torch.equal(first[0], first[1])
    assert torch.equal(first, render(shapes, 20, generator(0, "a")))
    assert not torch.equal(first, render(shapes, 20, generator(0, "b")))


def test_without_jitter_a_straight_stroke_lies_where_its_points_say():
    line = torch.tensor([[0.5, 0.1], [0.5, 0.35], [0.5, 0.65], [0.5, 0.9]])  # (right, down)
    shapes = line.expand(1, 4, 4, 2)
    flat = [render(shapes, 20, generator(i, "x"), jitter=0, warp=0)[0] for i in range(40)]
    columns = torch.stack(flat).mean(0).sum(0)
    # The shift alone is left: on average the ink's columns centre on the line, between 9 and 10.
    centre = (columns * torch.arange(20)).sum() / columns.sum()
    assert 9.0 < centre < 10.0
