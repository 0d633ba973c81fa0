"""suites.merging.spectral: decompositions through the shorter side agree with LAPACK's SVD."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.merging.problem import MergingProblem
from suites.merging.spectral import merge_matrices, polar, thin_svd
from suites.merging.vectors import sum_tensors

shapes = st.tuples(st.integers(1, 9), st.integers(1, 9))


def draw(shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def with_values(values, rows, columns, seed=0):
    """A float32 matrix of those singular values."""
    left = torch.linalg.qr(draw((rows, len(values)), seed).double()).Q
    right = torch.linalg.qr(draw((columns, len(values)), seed + 1).double()).Q
    return (left * torch.tensor(values, dtype=torch.float64) @ right.T).float()


@settings(deadline=None)
@given(shapes, st.integers(0, 99))
def test_the_thin_svd_puts_the_matrix_together_again(shape, seed):
    matrix = draw(shape, seed)
    left, values, right = thin_svd(matrix)
    assert torch.allclose((left * values @ right).float(), matrix, atol=1e-5)
    eye = torch.eye(min(shape), dtype=torch.float64)
    assert torch.allclose(left.T @ left, eye, atol=1e-6)
    assert torch.allclose(right @ right.T, eye, atol=1e-6)


@settings(deadline=None)
@given(shapes, st.integers(0, 99))
def test_singular_values_are_those_of_lapack(shape, seed):
    matrix = draw(shape, seed)
    expected = torch.linalg.svdvals(matrix.double())
    assert torch.allclose(thin_svd(matrix)[1], expected, atol=1e-6)
    assert torch.allclose(polar(matrix)[1], expected, atol=1e-6)


@pytest.mark.parametrize("shape", [(12, 12), (40, 12), (12, 40)])
def test_small_singular_values_keep_more_digits_than_an_svd_in_float32(shape):
    values = [10.0**-i for i in range(6)]  # down to 1e-5 of the largest
    matrix = with_values(values, *shape)
    truth = torch.linalg.svd(matrix.double(), full_matrices=False)
    ours = thin_svd(matrix, len(values))
    single = torch.linalg.svd(matrix, full_matrices=False)

    def error(found):
        mine = found[0][:, :6] @ found[2][:6]
        return float((mine - truth.U[:, :6] @ truth.Vh[:6]).norm())

    assert error(ours) < 1e-4
    assert error(ours) < error([part.double() for part in single])


def test_keeping_fewer_gives_the_largest():
    matrix = draw((7, 5))
    whole, part = thin_svd(matrix), thin_svd(matrix, 2)
    assert part[0].shape == (7, 2)
    assert part[2].shape == (2, 5)
    assert torch.equal(part[1], whole[1][:2])
    assert torch.allclose(part[0] * part[1] @ part[2], whole[0][:, :2] * part[1] @ whole[2][:2])


@settings(deadline=None)
@given(shapes, st.integers(0, 99))
def test_the_polar_factor_is_the_product_of_lapacks_vectors(shape, seed):
    matrix = draw(shape, seed)
    exact = torch.linalg.svd(matrix.double(), full_matrices=False)
    assert torch.allclose(polar(matrix)[0], exact.U @ exact.Vh, atol=1e-4)


def test_two_by_two_polar_factor_by_hand():
    # [[3, -4], [4, 3]] = 5 * rotation: both singular values 5, the factor is [[.6, -.8], [.8, .6]].
    factor, values = polar(torch.tensor([[3.0, -4], [4, 3]]))
    assert torch.allclose(values, torch.tensor([5.0, 5.0], dtype=torch.float64))
    expected = torch.tensor([[0.6, -0.8], [0.8, 0.6]], dtype=torch.float64)
    assert torch.allclose(factor, expected)


@pytest.mark.parametrize("shape", [(6, 6), (9, 4), (4, 9)])
def test_directions_without_a_singular_value_are_left_out(shape):
    matrix = with_values([3.0, 1.0], *shape)
    factor, values = polar(matrix)
    left, _, right = thin_svd(matrix)
    assert int((values > 0).sum()) == 2
    assert torch.allclose(torch.linalg.svdvals(factor)[:2], torch.ones(2, dtype=torch.float64))
    assert float(torch.linalg.svdvals(factor)[2:].abs().max()) < 1e-6
    assert not left[:, 2:].any()
    assert not right[2:].any()


def test_a_matrix_of_zeros_decomposes_into_zeros():
    factor, values = polar(torch.zeros(3, 5))
    assert not factor.any()
    assert not values.any()
    assert not any(part.any() for part in thin_svd(torch.zeros(5, 3)))


def test_matrices_are_merged_and_everything_else_is_averaged():
    # Changes of the matrix 1 and 3, "merged" to their sum 4; of the bias 2 and 4, averaged to 3.
    # With scale 0.5: 1 + 0.5 * 4 = 3 and 1 + 0.5 * 3 = 2.5. A counter is that of the start.
    start = {"matrix": torch.ones(2, 2), "bias": torch.ones(2), "steps": torch.tensor(7)}
    experts = [
        {"matrix": start["matrix"] + 1, "bias": start["bias"] + 2, "steps": torch.tensor(8)},
        {"matrix": start["matrix"] + 3, "bias": start["bias"] + 4, "steps": torch.tensor(9)},
    ]
    problem = MergingProblem(torch.nn.Identity(), experts, pretrained=start)
    merged = merge_matrices(problem, sum_tensors, 0.5)
    assert merged["matrix"].tolist() == [[3.0, 3.0], [3.0, 3.0]]
    assert merged["bias"].tolist() == [2.5, 2.5]
    assert int(merged["steps"]) == 7
