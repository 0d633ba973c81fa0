"""methods.merging.tsv_m: truncated task singular vectors, decorrelated."""

import pytest
import torch

from methods.merging.tsv_m import decorrelate, tsv_m
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import average, flatten

SHAPES = [(8, 8), (12, 8), (8, 12)]


def draw_changes(experts, shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator) for _ in range(experts)]


def by_definition(changes, keep):
    """Algorithm 1 as it is written, with LAPACK's SVD throughout."""
    parts = [torch.linalg.svd(change.double(), full_matrices=False) for change in changes]
    left = torch.linalg.svd(torch.cat([p.U[:, :keep] for p in parts], 1), full_matrices=False)
    right = torch.linalg.svd(torch.cat([p.Vh[:keep] for p in parts]), full_matrices=False)
    values = torch.cat([p.S[:keep] for p in parts])
    return left.U @ left.Vh @ torch.diag(values) @ right.U @ right.Vh


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("experts", "keep"), [(2, 4), (3, 2), (8, 1)])  # keep = 8 // experts
def test_it_is_the_papers_algorithm(shape, experts, keep):
    changes = draw_changes(experts, shape)
    assert torch.allclose(decorrelate(changes), by_definition(changes, keep), atol=1e-5)


def test_one_expert_comes_back_whole():
    for seed in range(3):
        problem = tiny_problem(experts=1, seed=seed)
        merged = tsv_m(problem, scale=1.0)
        assert torch.allclose(flatten(merged), flatten(problem.experts[0]), atol=1e-5)


@pytest.mark.parametrize("experts", [2, 3])
def test_the_merged_singular_values_are_those_that_were_kept(experts):
    changes = draw_changes(experts, (6, 6))
    kept = [torch.linalg.svdvals(change.double())[: 6 // experts] for change in changes]
    expected = torch.cat(kept).sort(descending=True).values
    assert torch.allclose(torch.linalg.svdvals(decorrelate(changes)), expected, atol=1e-5)


def test_experts_in_orthogonal_subspaces_are_added_unchanged():
    # Each has rank 2 of 4, its own rows and columns: nothing to truncate, nothing to decorrelate.
    one, other = torch.zeros(4, 4), torch.zeros(4, 4)
    one[:2, :2] = torch.tensor([[2.0, 1], [0, 1]])
    other[2:, 2:] = torch.tensor([[1.0, 0], [3, 2]])
    assert torch.allclose(decorrelate([one, other]).float(), one + other, atol=1e-6)


@pytest.mark.parametrize("copies", [2, 4])
def test_copies_of_one_expert_give_its_best_approximation_of_that_rank(copies):
    # u, ..., u whitened is u / sqrt(K), ..., so the K copies of s u v^T add up to one.
    change = draw_changes(1, (8, 8))[0]
    u, s, vh = torch.linalg.svd(change, full_matrices=False)
    keep = 8 // copies
    expected = u[:, :keep] * s[:keep] @ vh[:keep]
    merged = decorrelate([change.clone() for _ in range(copies)])
    assert torch.allclose(merged.float(), expected, atol=1e-5)


def test_more_experts_than_directions_keep_one_each():
    merged = decorrelate(draw_changes(5, (3, 4)))
    assert torch.linalg.matrix_rank(merged) == 3


def test_what_is_no_matrix_moves_by_the_scaled_mean_change():
    problem = tiny_problem()
    merged, mean = tsv_m(problem, scale=1.3), average(problem.experts)
    for name, start in problem.pretrained.items():
        if start.dim() != 2:
            assert torch.allclose(merged[name], start + 1.3 * (mean[name] - start), atol=1e-6)
