"""methods.merging.svd_merging, against cases worked out by hand."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.merging.average import average
from methods.merging.svd_merging import cut, svd_merging
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten


def diagonal(*values):
    return torch.tensor(values, dtype=torch.float64).diag()


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        # t_1 = diag(6, 0, 0, 0), rank 1; t_2 = diag(0, 4, 2, 0), rank 2; mean diag(3, 2, 1, 0)
        (1.0, [3, 2, 0, 0]),  # the larger rank, 2
        (0.5, [3, 0, 0, 0]),  # 1
        (0.1, [3, 0, 0, 0]),  # at least one
        (4.0, [3, 2, 1, 0]),  # 8, more than there are
    ],
)
def test_the_mean_keeps_so_many_times_the_largest_rank_of_directions(times, expected):
    changes = [diagonal(6, 0, 0, 0), diagonal(0, 4, 2, 0)]
    assert torch.allclose(cut(changes, [0.0, 0.0], times), diagonal(*expected), atol=1e-9)


def test_rounding_is_no_rank():
    # a singular value of .001 that rounding may have made: the rank is 1, and so is what's kept
    changes = [diagonal(6, 0.001, 0, 0), diagonal(0, 4, 0, 0)]
    assert torch.allclose(cut(changes, [0.002, 0.002], 1.0), diagonal(3, 0, 0, 0), atol=1e-9)


def test_other_tensors_have_the_scaled_mean():
    start = {"m": torch.zeros(2, 2), "b": torch.zeros(2)}
    experts = [{"m": torch.eye(2), "b": torch.ones(2)}, {"m": torch.eye(2), "b": 3 * torch.ones(2)}]
    problem = MergingProblem(torch.nn.Identity(), experts, pretrained=start)
    merged = svd_merging(problem, times=1.0, scale=2.0)
    assert torch.allclose(merged["m"], 2 * torch.eye(2))  # of full rank: the mean, twice
    assert merged["b"].tolist() == [4.0, 4.0]


@settings(max_examples=10, deadline=None)
@given(experts=st.integers(1, 4), seed=st.integers(0, 99))
def test_changes_of_full_rank_are_averaged(experts, seed):
    problem = tiny_problem(experts, seed=seed)
    merged = svd_merging(problem, times=1.0, scale=1.0)
    assert torch.allclose(flatten(merged), flatten(average(problem)), atol=1e-4)


def test_copies_of_an_adapter_give_that_adapter():
    generator = torch.Generator().manual_seed(0)
    start = {"w": torch.randn(12, 8, generator=generator)}
    product = torch.randn(12, 2, generator=generator) @ torch.randn(2, 8, generator=generator)
    experts = [{"w": start["w"] + product}] * 3
    copies = [{name: t.clone() for name, t in expert.items()} for expert in experts]
    problem = MergingProblem(torch.nn.Identity(), copies, pretrained=start)
    merged = svd_merging(problem, times=1.0, scale=1.0)
    assert torch.allclose(merged["w"], experts[0]["w"], atol=1e-5)
