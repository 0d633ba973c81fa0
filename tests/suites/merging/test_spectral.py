"""suites.merging.spectral: decompositions through the shorter side agree with LAPACK's SVD."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.merging.problem import MergingProblem
from suites.merging.spectral import merge_matrices, polar, rounding, thin_svd, whiten
from suites.merging.task_vectors import add_change
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
    change = merge_matrices(problem, lambda changes, noise: sum_tensors(changes))
    merged = add_change(start, change, 0.5)
    assert merged["matrix"].tolist() == [[3.0, 3.0], [3.0, 3.0]]
    assert merged["bias"].tolist() == [2.5, 2.5]
    assert int(merged["steps"]) == 7


@settings(deadline=None, max_examples=40)
@given(
    shapes,
    st.integers(0, 99),
    st.sampled_from([1e-20, 1e-3, 1.0, 1e20]),
    st.booleans(),
)
def test_no_singular_value_of_the_errors_of_storing_is_above_the_bound(shape, seed, size, equal):
    exact = size * draw(shape, seed).double()
    exact = exact[:1, :1].expand(shape) if equal else exact  # equal numbers have equal errors
    stored = exact.float()
    errors = torch.linalg.svdvals(stored.double() - exact)
    assert float(errors[0]) <= rounding(stored)


def test_singular_values_within_the_noise_count_as_zero():
    matrix = with_values([1.0, 1e-3, 1e-5], 6, 4)
    for noise, rank in ((0.0, 3), (1e-4, 2), (1e-2, 1), (2.0, 0)):
        assert int((thin_svd(matrix, noise=noise)[1] > 0).sum()) == rank
        assert int((polar(matrix, noise)[1] > 0).sum()) == rank


def test_directions_that_are_parallel_up_to_their_doubt_are_whitened_to_one():
    # u and u + 1e-4 v: their difference is v, all but zero. Where each may be 1e-3 off, it is
    # nothing; where they are exact, v is a direction of its own.
    one = torch.tensor([[1.0], [0], [0]], dtype=torch.float64)
    other = one + torch.tensor([[0.0], [1e-4], [0]], dtype=torch.float64)
    rank = torch.linalg.matrix_rank
    exact, rough = torch.zeros(1), torch.full((1,), 1e-3)
    assert int(rank(whiten([one, other], [exact.double()] * 2))) == 2
    assert int(rank(whiten([one, other], [rough.double()] * 2))) == 1


def test_a_doubtful_direction_takes_none_of_the_others_with_it():
    # The third column is of no expert's making; it is orthogonal to the two that are exact.
    columns = torch.eye(3, dtype=torch.float64)
    doubts = torch.tensor([0.0, 0, 2], dtype=torch.float64)
    assert whiten([columns], [doubts]).diagonal().tolist() == pytest.approx([1, 1, 0])
