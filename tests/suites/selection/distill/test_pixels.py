"""Adam on a tensor: the first step by hand, and many against torch's own."""

from __future__ import annotations

import torch

from suites.selection.distill.pixels import Adam


def test_the_first_step_is_the_rate_along_each_gradients_sign():
    # first = (1 - b1) g, over 1 - b1; second = (1 - b2) g^2, over 1 - b2: g / |g| = +-1
    tensor = torch.tensor([1.0, 2.0])
    Adam(tensor, 0.25, 0.5, 0.9).step(torch.tensor([3.0, -0.01]), share=0.5)
    torch.testing.assert_close(tensor, torch.tensor([0.875, 2.125]))


def test_steps_are_those_of_torchs_own():
    draws = torch.Generator().manual_seed(0)
    tensor = torch.randn(5, generator=draws)
    other = torch.nn.Parameter(tensor.clone())
    ours, theirs = Adam(tensor, 0.25, 0.5, 0.9), torch.optim.Adam([other], 0.25, (0.5, 0.9))
    for _ in range(10):
        other.grad = torch.randn(5, generator=draws)
        ours.step(other.grad)
        theirs.step()
    torch.testing.assert_close(tensor, other.detach())
