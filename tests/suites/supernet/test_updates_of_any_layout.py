"""Updates move each weight by its own gradient, however the gradient lies in memory."""

from __future__ import annotations

import pytest
import torch

from suites.supernet.network import convolve
from suites.supernet.optimiser import Optimiser, Updates


def gradient_of_a_convolution(kernel: torch.Tensor) -> torch.Tensor:
    """As a step makes it: of images with channels last."""
    images = torch.randn(4, 3, 5, 5, generator=torch.Generator().manual_seed(1))
    leaf = kernel.detach().requires_grad_()
    out = convolve(images.contiguous(memory_format=torch.channels_last), leaf)
    (gradient,) = torch.autograd.grad(out.square().sum(), leaf)
    return gradient


@pytest.mark.parametrize("kind", ["adamw", "sgd"])
def test_a_gradient_with_channels_last_moves_the_same_weights_as_a_contiguous_one(kind):
    kernel = torch.randn(2, 3, 3, 3, generator=torch.Generator().manual_seed(0))
    gradient = gradient_of_a_convolution(kernel)
    assert not gradient.is_contiguous()
    moved = []
    for form in (gradient, gradient.contiguous()):
        weights = {"kernel": kernel.clone()}
        Optimiser(weights, Updates(kind=kind, clip=0)).update({"kernel": form.clone()}, 0.0)
        moved.append(weights["kernel"])
    assert torch.equal(*moved)


def test_the_first_step_of_adamw_goes_against_each_gradients_sign():
    # at first the two moments are g and g^2, so a weight moves by rate against the sign of g,
    # here the rate's first of 10 rising steps without decay: .01 / 10
    kernel = torch.randn(2, 3, 3, 3, generator=torch.Generator().manual_seed(0))
    gradient = gradient_of_a_convolution(kernel)
    weights = {"kernel": kernel.clone()}
    Optimiser(weights, Updates(clip=0, decay=0)).update({"kernel": gradient.clone()}, 0.0)
    assert torch.allclose(weights["kernel"] - kernel, -0.001 * gradient.sign(), atol=1e-6)
