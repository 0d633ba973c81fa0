"""methods.merging.model_stock: how far the mean change is followed."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.merging.average import average
from methods.merging.model_stock import interpolation_ratio, model_stock
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten


def merge(start, changes):
    experts = [{"w": start + torch.tensor(change)} for change in changes]
    return model_stock(MergingProblem(torch.nn.Identity(), experts, pretrained={"w": start}))["w"]


def test_two_experts_by_hand():
    # t_1 = (3, 4), t_2 = (4, 3): lengths 5, product 24, cosine 24/25.
    # r = 2 (24/25) / (1 + 24/25) = 48/49; mean change (3.5, 3.5); theta = 1 + 3.5 * 48/49
    merged = merge(torch.ones(2), [[3.0, 4], [4, 3]])
    assert merged.tolist() == pytest.approx([1 + 3.5 * 48 / 49] * 2)


def test_three_experts_average_the_cosines_of_their_pairs():
    # Unit changes at 0, 60 and 120 degrees: cosines 1/2, 1/2, -1/2, mean 1/6 (the mean angle, 80
    # degrees, would give 0.174). r = 3 (1/6) / (1 + 2/6) = 3/8. The mean change is
    # (0, (0 + sqrt 3/2 + sqrt 3/2) / 3) in y and (1 + 1/2 - 1/2) / 3 = 1/3 in x.
    high = 3**0.5 / 2
    merged = merge(torch.zeros(2), [[1.0, 0], [0.5, high], [-0.5, high]])
    assert merged.tolist() == pytest.approx([3 / 8 / 3, 3 / 8 * 2 * high / 3])


def test_every_tensor_has_its_own_ratio():
    # w agrees (ratio 1), v is orthogonal (ratio 0).
    start = {"w": torch.zeros(2), "v": torch.zeros(2)}
    experts = [
        {"w": torch.tensor([1.0, 1]), "v": torch.tensor([1.0, 0])},
        {"w": torch.tensor([2.0, 2]), "v": torch.tensor([0.0, 1])},
    ]
    merged = model_stock(MergingProblem(torch.nn.Identity(), experts, pretrained=start))
    assert merged["w"].tolist() == pytest.approx([1.5, 1.5])
    assert merged["v"].tolist() == pytest.approx([0.0, 0.0])


@settings(deadline=None)
@given(st.integers(1, 8), st.floats(0, 1))
def test_the_ratio_at_one_common_angle_is_the_papers(experts, cosine):
    products = torch.full((experts, experts), cosine, dtype=torch.float64).fill_diagonal_(1)
    expected = experts * cosine / (1 + (experts - 1) * cosine) if experts > 1 else 1
    assert interpolation_ratio(products) == pytest.approx(expected)


def test_the_lengths_of_the_changes_dont_change_the_ratio():
    products = torch.tensor([[1.0, 0.5], [0.5, 1.0]], dtype=torch.float64)
    lengths = torch.tensor([10.0, 0.1], dtype=torch.float64)
    scaled = products * torch.outer(lengths, lengths)
    assert interpolation_ratio(scaled) == pytest.approx(interpolation_ratio(products))


@pytest.mark.parametrize("change", [[1.0, 0.0], [0.0, 0.0]])
def test_changes_that_cancel_or_are_zero_leave_the_pretrained_tensor(change):
    opposite = [-x for x in change]
    assert merge(torch.ones(2), [change, opposite]).tolist() == [1.0, 1.0]


def test_it_lies_on_the_line_from_the_pretrained_model_to_the_average():
    problem = tiny_problem(experts=4)
    merged, mean = model_stock(problem), average(problem)
    for name, start in problem.pretrained.items():
        step, whole = (merged[name] - start).flatten(), (mean[name] - start).flatten()
        ratio = step @ whole / (whole @ whole)
        assert torch.allclose(step, ratio * whole, atol=1e-5)
        assert ratio <= 1


def test_pieces_of_a_large_tensor_count_together():
    # More weights than one piece holds; the same changes as one product over all of them.
    generator = torch.Generator().manual_seed(0)
    changes = torch.randn(3, 100_000, generator=generator) + 1
    merged = merge(torch.zeros(100_000), changes.tolist())
    products = (changes @ changes.T).double()
    assert torch.allclose(merged, interpolation_ratio(products) * changes.mean(0), atol=1e-5)


def test_experts_that_scatter_around_a_centre_give_a_point_nearer_to_it_than_their_mean():
    # theta_i = centre + noise in 20,000 dimensions: what the paper derives the ratio for.
    generator = torch.Generator().manual_seed(0)
    centre = torch.randn(20_000, generator=generator)
    experts = [{"w": centre + 2 * torch.randn(20_000, generator=generator)} for _ in range(4)]
    problem = MergingProblem(torch.nn.Identity(), experts, pretrained={"w": torch.zeros(20_000)})
    merged, mean = flatten(model_stock(problem)), flatten(average(problem))
    assert (merged - centre).norm() < 0.8 * (mean - centre).norm()
