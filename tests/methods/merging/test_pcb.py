"""methods.merging.pcb and pcb_vision: weights by size and agreement."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.merging.pcb import clip_tails, minmax, pcb
from methods.merging.pcb_vision import pcb_vision
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten


def problem_of(changes, start=0.0):
    state = {"w": torch.full((len(changes[0]),), start)}
    experts = [{"w": state["w"] + torch.tensor(change)} for change in changes]
    return MergingProblem(torch.nn.Identity(), experts, pretrained=state)


def test_one_expert_of_five_weights_by_hand():
    # |t| = 0 1 2 4 9; the upper bound stands at rank int(5 * 0.9999 - 1) = 3: 0 1 2 4 4.
    # minmax       0     1/4    1/2   1   1
    # intra = e^m^2   1    1.064  1.284   e   e       (K = 1)
    # inter = tanh t^2  0  0.762  0.999   1   1
    # b            0   0.811  1.283   e   e
    # keep 0.6: the floor stands at rank int(5 * 0.4) = 2, which is 1.283; s = 0 0 0 1 1
    # theta = 1 + 1.2 * (0 0 0 4 -4), the signs being those of t
    merged = pcb(problem_of([[0.0, 1, -2, 4, -9]], start=1.0), keep=0.6, scale=1.2)
    assert merged["w"].tolist() == pytest.approx([1, 1, 1, 5.8, -3.8])


def test_a_weight_that_both_experts_move_alike_takes_their_weighted_mean():
    # Last weight: t = 8 and 8 clipped to 4 and 4, all b there equal and largest: s = 1, mean 4.
    # First weight: t = 4 and -4: the sum is 0, so inter and b are 0, below every floor: nothing.
    merged = pcb(problem_of([[4.0, 0, 1, 2, 8], [-4.0, 0, 1, 2, 8]]), keep=0.4, scale=1.0)
    assert merged["w"][0].item() == 0
    assert merged["w"][4].item() == pytest.approx(4)


def naive(changes, keep, tail, normalised):
    """The published lines in double precision, by sorting whole rows."""
    count, weights = changes.shape

    def bounds(rows, lower, upper):
        ordered = rows.sort(1).values
        low = ordered[:, int(weights * lower)]
        high = ordered[:, int(weights * (1 - upper) - 1)]
        return rows.clamp(low[:, None], high[:, None])

    def unit(rows):
        low, high = rows.amin(1, keepdim=True), rows.amax(1, keepdim=True)
        return (rows - low) / (high - low)

    magnitude = bounds(changes.abs(), tail, tail)
    rivals = changes.sign() * unit(magnitude) if normalised else changes
    intra = torch.exp(count * unit(magnitude) ** 2)
    inter = torch.tanh(changes * rivals.sum(0))
    score = unit(bounds(intra * inter, 1 - keep, 0))
    weight = score.sum(0)
    return (score * changes.sign() * magnitude).sum(0) / weight.clamp(min=1e-12), weight


@pytest.mark.parametrize(
    ("merge", "tail", "normalised"), [(pcb, 1e-4, False), (pcb_vision, 0.01, True)]
)
@settings(deadline=None, max_examples=20)
@given(st.integers(1, 5), st.integers(0, 99), st.sampled_from([0.05, 0.1, 0.2]))
def test_it_is_the_published_equation(merge, tail, normalised, experts, seed, keep):
    problem = tiny_problem(experts=experts, seed=seed)
    start = flatten(problem.pretrained)
    changes = torch.stack([flatten(expert) - start for expert in problem.experts]).double()
    merged = flatten(merge(problem, keep=keep, scale=1.2)) - start
    expected = 1.2 * naive(changes, keep, tail, normalised)[0]
    assert torch.allclose(merged.double(), expected, atol=1e-4)


@pytest.mark.parametrize(
    ("merge", "tail", "normalised"), [(pcb, 1e-4, False), (pcb_vision, 0.01, True)]
)
@settings(deadline=None, max_examples=20)
@given(st.integers(1, 200), st.integers(0, 99), st.sampled_from([0.05, 0.2]))
def test_it_is_the_published_equation_for_any_number_of_experts(
    merge, tail, normalised, experts, seed, keep
):
    """In float32 exp(K) overflows at K = 89; in the double precision of `naive` at 710.

    Compared where somebody's weight is more than rounding: next to the quantile an entry's weight
    is zero or all but zero, and which of the two decides between t and nothing.
    """
    generator = torch.Generator().manual_seed(seed)
    changes = torch.randn(experts, 200, generator=generator)
    merged = merge(problem_of(changes.tolist()), keep=keep, scale=1.0)["w"]
    expected, weight = naive(changes.double(), keep, tail, normalised)
    counts = weight > 1e-3
    assert merged.isfinite().all()
    assert counts.any()
    assert torch.allclose(merged[counts].double(), expected[counts], atol=1e-4)


@pytest.mark.parametrize("merge", [pcb, pcb_vision])
def test_at_most_the_kept_share_of_each_expert_moves_a_weight(merge):
    problem = tiny_problem(experts=3)
    moved = flatten(merge(problem, keep=0.05, scale=1.0)) != flatten(problem.pretrained)
    assert 0 < moved.float().mean() <= 3 * 0.05 + 0.001


@pytest.mark.parametrize("merge", [pcb, pcb_vision])
def test_an_expert_that_changed_nothing_gives_no_nan(merge):
    merged = merge(problem_of([[0.0] * 8, [0.0, 1, 2, 3, 4, 5, 6, 7]]), keep=0.5, scale=1.0)
    assert merged["w"].isfinite().all()


def test_clipping_takes_its_bounds_from_the_vector():
    # 10 values, 20% and 10%: ranks int(2.0) = 2 and int(10 * 0.9 - 1) = 8.
    values = torch.tensor([9.0, 1, 8, 2, 7, 3, 6, 4, 5, 0])
    assert clip_tails(values, 0.2, 0.1).tolist() == [8.0, 2, 8, 2, 7, 3, 6, 4, 5, 2]


def test_minmax_of_equal_values_is_zero():
    assert minmax(torch.tensor([1.0, 3.0, 2.0])).tolist() == [0.0, 1.0, 0.5]
    assert minmax(torch.full((3,), 7.0)).tolist() == [0.0, 0.0, 0.0]
