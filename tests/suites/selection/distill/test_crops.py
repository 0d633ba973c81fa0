"""Crops, resized by matrices: against weights worked out by hand, and against torch's own."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from suites.selection.distill.crops import crops, drawn_crops, resizing


def test_a_line_is_shrunk_by_weights_that_fall_linearly():
    # Four elements to two: element 0 of the result lies at 1, half-way between elements 0 and 1, at
    # .5 and 1.5. Weights 1 - |place - 1| / 2 are 3/4, 3/4, 1/4, 0, of which the sum is 7/4.
    (weights,) = resizing(torch.tensor([0.0]), torch.tensor([4.0]), side=4, result=2)
    expected = torch.tensor([[3 / 7, 3 / 7, 1 / 7, 0], [0, 1 / 7, 3 / 7, 3 / 7]])
    torch.testing.assert_close(weights, expected)


def test_what_lies_outside_the_stretch_is_never_read():
    weights = resizing(torch.tensor([2.0]), torch.tensor([3.0]), side=8, result=8)
    assert not weights[:, :, :2].any()
    assert not weights[:, :, 5:].any()
    torch.testing.assert_close(weights.sum(2), torch.ones(1, 8))


@pytest.mark.parametrize("result", [5, 14, 28])
def test_crops_are_those_of_torchs_own_interpolation(result):
    draws = torch.Generator().manual_seed(0)
    images = torch.randn(20, 2, 28, 28, generator=draws)
    corners, sizes = drawn_crops(20, 28, 0.08, draws, narrowest=0.75)
    made = crops(images, corners, sizes, result)
    for image, (top, left), (high, wide), crop in zip(
        images, corners.int().tolist(), sizes.int().tolist(), made, strict=True
    ):
        cut = image[None, :, top : top + high, left : left + wide]
        (expected,) = F.interpolate(cut, size=(result, result), mode="bilinear", antialias=True)
        torch.testing.assert_close(crop, expected, atol=1e-5, rtol=1e-4)


def test_drawn_crops_lie_within_the_image_and_keep_their_least_area():
    corners, sizes = drawn_crops(2000, 28, 0.25, torch.Generator().manual_seed(0), narrowest=0.75)
    assert (corners >= 0).all()
    assert (corners + sizes <= 28).all()
    assert sizes.prod(1).min() >= 0.9 * 0.25 * 28 * 28  # sides are whole numbers
    assert (sizes[:, 0] != sizes[:, 1]).any()


def test_a_crop_of_all_the_area_is_the_image():
    draws = torch.Generator().manual_seed(0)
    images = torch.randn(3, 1, 28, 28, generator=draws)
    corners, sizes = drawn_crops(1, 28, 1.0, draws)
    torch.testing.assert_close(crops(images, corners, sizes, 28), images)
