"""methods.merging.iso_cts: common and task-specific directions, at one singular value."""

import pytest
import torch

from methods.merging.iso_c import iso_c, level
from methods.merging.iso_cts import combine, iso_cts
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten

SHAPES = [(10, 10), (14, 10), (10, 14)]


def draw_changes(experts, shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator) for _ in range(experts)]


def by_definition(changes, k, d):
    """Algorithm 2 as it is written, with LAPACK's SVD throughout."""

    def svd(matrix):
        return torch.linalg.svd(matrix, full_matrices=False)

    changes = [change.double() for change in changes]
    u, s, vh = svd(sum(changes))
    lefts, values, rights = [u[:, :k]], [s[:k]], [vh[:k]]
    for change in changes:
        rest = svd(change - u[:, :k] @ u[:, :k].T @ change)
        lefts.append(rest.U[:, :d])
        values.append(rest.S[:d])
        rights.append(rest.Vh[:d])
    left, right = svd(torch.cat(lefts, 1)), svd(torch.cat(rights))
    return torch.cat(values).mean() * left.U @ left.Vh @ right.U @ right.Vh


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("experts", "common", "k", "d"),
    [
        (2, 0.8, 8, 1),  # int(.8 * 10) = 8; round((10 - 8) / 2) = 1 each; k = 10 - 2 * 1
        (3, 0.5, 4, 2),  # 5; round(5 / 3) = 2 each; k = 10 - 3 * 2
        (5, 0.0, 0, 2),  # 0; round(10 / 5) = 2 each; nothing in common
    ],
)
def test_it_is_the_papers_algorithm(shape, experts, common, k, d):
    changes = draw_changes(experts, shape)
    expected = by_definition(changes, k, d)
    assert torch.allclose(combine(changes, common), expected, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_singular_value_is_the_same(shape):
    values = torch.linalg.svdvals(combine(draw_changes(3, shape), 0.8))
    assert torch.allclose(values, values.mean().expand(10), rtol=1e-6)


@pytest.mark.parametrize("experts", [1, 3])
def test_with_all_directions_in_common_it_is_iso_c(experts):
    problem = tiny_problem(experts=experts)
    merged = iso_cts(problem, scale=1.0, common=1.0)
    assert torch.equal(flatten(merged), flatten(iso_c(problem, scale=1.0)))


def test_with_fewer_directions_to_give_than_experts_it_is_iso_c():
    # r = 10, k = 8: round(2 / 5) = 0 directions for each of 5 experts.
    changes = draw_changes(5, (10, 10))
    assert torch.equal(combine(changes, 0.8), level(changes))


def test_experts_never_get_more_directions_than_there_are():
    # r = 10, k = 0, 6 experts: round(10 / 6) = 2 each would be 12; one each, and k = 4.
    changes = draw_changes(6, (10, 10))
    assert torch.allclose(combine(changes, 0.0), by_definition(changes, 4, 1), atol=1e-5)


def test_the_experts_own_directions_come_through():
    # Two experts share a strong direction e0; each has a weak one of its own, e1 and e2. With two
    # of the three directions for the experts, the sum's common space is e0 alone.
    changes = [torch.diag(torch.tensor([9.0, 1, 0])), torch.diag(torch.tensor([9.0, 0, 1]))]
    # values: 18 in common, 1 and 1 of their own; mean 20 / 3
    expected = torch.eye(3, dtype=torch.float64) * 20 / 3
    assert torch.allclose(combine(changes, 1 / 3), expected, atol=1e-6)
