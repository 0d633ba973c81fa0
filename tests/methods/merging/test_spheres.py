"""methods.merging.karcher and multi_slerp: means of directions."""

import pytest
import torch

from methods.merging.karcher import centre
from methods.merging.multi_slerp import mean_direction
from methods.merging.slerp import walk_the_sphere
from suites.merging.each_tensor import gram

HALF = 2**-0.5


def test_two_orthogonal_points_meet_half_way_at_their_mean_norm():
    # norms 2 and 4: mean 3
    points = torch.tensor([[2.0, 0], [0, 4]])
    assert centre(points).tolist() == pytest.approx([3 * HALF, 3 * HALF])
    assert mean_direction(points).tolist() == pytest.approx([3 * HALF, 3 * HALF])


def test_of_two_directions_the_karcher_mean_is_the_midpoint_of_slerp():
    points = torch.randn(2, 20, generator=torch.Generator().manual_seed(3))
    points /= torch.linalg.vector_norm(points, dim=1, keepdim=True)
    assert torch.allclose(centre(points), walk_the_sphere(points), atol=1e-6)


def test_at_the_karcher_mean_the_logarithms_cancel():
    points = torch.randn(5, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    mean = centre(points, 50)
    mean /= torch.linalg.vector_norm(mean)
    units = points / torch.linalg.vector_norm(points, dim=1, keepdim=True)
    cosines = units @ mean
    logarithms = (cosines.acos() / cosines.acos().sin())[:, None] * (
        units - cosines[:, None] * mean
    )
    assert float(torch.linalg.vector_norm(logarithms.mean(0))) < 1e-5


def test_scalar_products_are_summed_in_pieces_and_in_double(monkeypatch):
    # 1e30 squared is out of float32's range
    points = torch.tensor([[3.0, 4, 0, 1e30], [1, 1, 2, 0]])
    monkeypatch.setattr("suites.merging.each_tensor.LARGE", 3)
    assert gram([*points]).tolist() == [[pytest.approx(1e60), 7.0], [7.0, 6.0]]


@pytest.mark.parametrize("mean", [centre, mean_direction])
def test_points_of_no_length_have_no_direction(mean):
    # the other's direction, at the mean of norms 0 and 2
    assert mean(torch.tensor([[0.0, 0], [0, 2]])).tolist() == [0.0, 1.0]
    assert mean(torch.zeros(2, 3)).tolist() == [0.0, 0.0, 0.0]


def test_opposite_points_have_no_mean_direction_and_the_first_is_taken_or_none():
    points = torch.tensor([[1.0, 0], [-1, 0]])
    assert centre(points).tolist() == pytest.approx([1.0, 0.0], abs=1e-6)
    assert mean_direction(points).tolist() == [0.0, 0.0]


def test_multi_slerp_s_tangent_step_does_nothing():
    # as mergekit computes it: project at the mean direction, average, map back
    points = torch.randn(4, 9, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    norms = torch.linalg.vector_norm(points, dim=1, keepdim=True)
    units = points / norms
    mean = units.mean(0) / torch.linalg.vector_norm(units.mean(0))
    tangent = (units - (units @ mean)[:, None] * mean).mean(0)
    assert float(torch.linalg.vector_norm(tangent)) < 1e-15
    assert torch.allclose(mean_direction(points), norms.mean() * mean)
