"""methods.merging.iso_c: the sum of the changes with one singular value."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.merging.iso_c import iso_c, level
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import sum_task_vectors
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import average


def test_two_experts_of_one_matrix_by_hand():
    # t_1 = [[3, 0], [0, 0]], t_2 = [[0, 0], [0, -1]]: T = diag(3, -1), singular values 3 and 1,
    # mean 2; U V^T = diag(1, -1). theta_0 = 1 everywhere, scale 0.5:
    # theta = 1 + 0.5 * 2 * diag(1, -1) = [[2, 1], [1, 0]].
    start = {"w": torch.ones(2, 2)}
    changes = [torch.diag(torch.tensor([3.0, 0])), torch.diag(torch.tensor([0.0, -1]))]
    experts = [{"w": start["w"] + change} for change in changes]
    merged = iso_c(MergingProblem(torch.nn.Identity(), experts, pretrained=start), scale=0.5)
    assert torch.allclose(merged["w"], torch.tensor([[2.0, 1], [1, 0]]))


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 5), st.integers(0, 50))
def test_every_merged_matrix_has_equal_singular_values(experts, seed):
    problem = tiny_problem(experts=experts, seed=seed)
    merged, total = iso_c(problem, scale=1.0), sum_task_vectors(problem)
    for name, start in problem.pretrained.items():
        if start.dim() == 2:
            values = torch.linalg.svdvals(merged[name] - start)
            mean = torch.linalg.svdvals(total[name]).mean()
            assert torch.allclose(values, mean.expand(len(values)), rtol=1e-3)


@pytest.mark.parametrize("shape", [(6, 6), (9, 5), (5, 9)])
def test_the_singular_vectors_are_those_of_the_sum(shape):
    generator = torch.Generator().manual_seed(0)
    changes = [torch.randn(shape, generator=generator) for _ in range(3)]
    u, s, vh = torch.linalg.svd(sum(changes).double(), full_matrices=False)
    assert torch.allclose(level(changes), s.mean() * u @ vh, atol=1e-5)


def test_what_is_no_matrix_moves_by_the_scaled_mean_change():
    problem = tiny_problem()
    merged, mean = iso_c(problem, scale=0.7), average(problem.experts)
    for name, start in problem.pretrained.items():
        if start.dim() != 2:
            assert torch.allclose(merged[name], start + 0.7 * (mean[name] - start), atol=1e-6)


def test_copies_of_an_expert_give_k_times_its_levelled_change():
    change = torch.randn(4, 6, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(level([change.clone() for _ in range(3)]), 3 * level([change]), atol=1e-5)


def test_experts_that_changed_nothing_give_the_pretrained_model():
    start = {"w": torch.ones(3, 2)}
    merged = iso_c(MergingProblem(torch.nn.Identity(), [start, start], pretrained=start), scale=1.0)
    assert torch.equal(merged["w"], start["w"])
