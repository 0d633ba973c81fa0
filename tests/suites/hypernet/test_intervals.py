"""suites.hypernet.continual.intervals: bounds contain what they bound."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.hypernet.continual.intervals import (
    Bounds,
    between,
    interval_logits,
    middle_of,
    through_hypernetwork,
    worst_case,
)
from suites.hypernet.layers import Plain, initialise_torch
from suites.hypernet.target import Target

TARGET = Target((6, 5, 4, 3))
ROUNDING = 1e-4


def network(seed: int) -> Plain:
    """A hypernetwork whose parameters are large enough for bounds to matter."""
    found = Plain(TARGET, 3, (8, 8))
    initialise_torch(found, torch.Generator().manual_seed(seed))
    for parameter in found.parameters():
        parameter.detach().mul_(2)
    return found


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), radius=st.floats(0, 2), corner=st.booleans())
def test_bounds_contain_parameters_and_logits_of_every_point_of_the_interval(
    seed: int, radius: float, corner: bool
) -> None:
    draws = torch.Generator().manual_seed(seed)
    made = network(seed)
    middle = torch.randn(2, 3, generator=draws)
    embeddings = Bounds(middle, radius * torch.rand(2, 3, generator=draws))
    inputs = torch.rand(2, 7, 6, generator=draws)
    with torch.no_grad():
        theta = through_hypernetwork(made, embeddings)
        assert torch.equal(middle_of(made, embeddings), theta.middle)
        _, logits = interval_logits(TARGET, theta, inputs)
        for _ in range(8):
            share = 2 * torch.rand(2, 3, generator=draws) - 1
            point = middle + embeddings.radius * (share.sign() if corner else share)
            flat = made.head(made.hidden(point))
            assert (flat >= theta.lower - ROUNDING).all()
            assert (flat <= theta.upper + ROUNDING).all()
            found = TARGET.logits(made(point), inputs)
            wide = ROUNDING * (1 + logits.radius + logits.middle.abs())
            assert (found >= logits.lower - wide).all()
            assert (found <= logits.upper + wide).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_an_interval_of_one_point_gives_the_plain_network(seed: int) -> None:
    draws = torch.Generator().manual_seed(seed)
    made, middle = network(seed), torch.randn(2, 3, generator=draws)
    inputs = torch.rand(2, 7, 6, generator=draws)
    with torch.no_grad():
        theta = through_hypernetwork(made, Bounds(middle, torch.zeros(2, 3)))
        scores, logits = interval_logits(TARGET, theta, inputs)
        expected = TARGET.logits(made(middle), inputs)
    torch.testing.assert_close(theta.middle, TARGET.join(made(middle)))
    assert not theta.radius.any()
    torch.testing.assert_close(scores, expected)
    torch.testing.assert_close(logits.lower, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(logits.upper, expected, rtol=1e-4, atol=1e-5)


def test_bounds_of_logits_by_hand() -> None:
    # One input x = 2, one hidden unit, one output.
    # First layer: weight in [-1, 3], bias in [0, 1]: 2 * [-1, 3] + [0, 1] = [-2, 7], ReLU [0, 7].
    # Second: weight in [-2, 1], bias in [1, 1]: lower 7 * -2 + 1 = -13, upper 7 * 1 + 1 = 8.
    lower, upper = torch.tensor([[-1.0, 0, -2, 1]]), torch.tensor([[3.0, 1, 1, 1]])
    middle, logits = interval_logits(
        Target((1, 1, 1)), between(lower, upper), torch.full((1, 1, 1), 2.0)
    )
    assert logits.lower.item() == -13
    assert logits.upper.item() == 8
    # Middle: 2 * 1 + .5 = 2.5, times -.5 plus 1 = -.25: not the middle of the bounds.
    assert middle.item() == -0.25


def test_the_worst_case_has_the_lower_bound_of_the_true_class_and_the_upper_of_the_others() -> None:
    logits = between(torch.tensor([[1.0, 2, 3], [4, 5, 6]]), torch.tensor([[7.0, 8, 9], [7, 8, 9]]))
    found = worst_case(logits, torch.tensor([1, 2]))
    assert found.tolist() == [[7, 2, 9], [7, 8, 6]]
