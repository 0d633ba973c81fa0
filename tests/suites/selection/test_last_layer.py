"""Gradients of the last layer that are never written out, against those that are."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from suites.selection.last_layer import (
    Gradients,
    along,
    applied,
    gradient_distances,
    inner_products,
    squared_norms,
    summed,
)
from suites.selection.scores import errors

COUNT, CLASSES, WIDTH = 9, 3, 4


def drawn(seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Features, labels, and a last layer's weights and biases."""
    draws = Generator().manual_seed(seed)
    features = torch.randn(COUNT, WIDTH, generator=draws)
    labels = torch.randint(CLASSES, (COUNT,), generator=draws)
    weight = torch.randn(CLASSES, WIDTH, generator=draws)
    return features, labels, weight, torch.randn(CLASSES, generator=draws)


def implicit(seed: int = 0) -> Gradients:
    features, labels, weight, bias = drawn(seed)
    return errors(features @ weight.T + bias, labels), features


def explicit(seed: int = 0) -> Tensor:
    """By autograd, an example at a time, (n, classes * (1 + d)), laid out as by `summed`."""
    features, labels, weight, bias = drawn(seed)
    gradients = []
    for phi, label in zip(features, labels, strict=True):
        leaves = weight.clone().requires_grad_(), bias.clone().requires_grad_()
        loss = F.cross_entropy(phi @ leaves[0].T + leaves[1], label)
        by_weight, by_bias = torch.autograd.grad(loss, leaves)
        gradients.append(torch.cat([by_bias[:, None], by_weight], dim=1).flatten())
    return torch.stack(gradients)


def test_an_inner_product_by_hand():
    # e = (.5, -.5), phi = (1, 2); f = (-.25, .25), psi = (3, 1):
    # <e, f> = -.25, 1 + <phi, psi> = 1 + 3 + 2 = 6: -1.5
    g = torch.tensor([[0.5, -0.5]]), torch.tensor([[1.0, 2.0]])
    h = torch.tensor([[-0.25, 0.25]]), torch.tensor([[3.0, 1.0]])
    assert inner_products(g, h).tolist() == [[-1.5]]
    # .5 times 1 + 5
    assert squared_norms(g).tolist() == [3.0]


def test_inner_products_are_those_of_autograds_gradients():
    one, other = explicit(0), explicit(1)
    assert torch.allclose(inner_products(implicit(0)), one @ one.T, atol=1e-5)
    assert torch.allclose(inner_products(implicit(0), implicit(1)), one @ other.T, atol=1e-5)


def test_lengths_and_distances_are_those_of_autograds_gradients():
    gradients = explicit()
    assert torch.allclose(squared_norms(implicit()), gradients.square().sum(1), atol=1e-5)
    expected = torch.cdist(gradients, gradients, compute_mode="donot_use_mm_for_euclid_dist")
    assert torch.allclose(gradient_distances(implicit()), expected, atol=2e-3)


def test_a_sum_is_that_of_autograds_gradients_and_a_product_with_it_too():
    gradients = explicit()
    total = summed(implicit())
    assert torch.allclose(total.flatten(), gradients.sum(0), atol=1e-5)
    assert torch.allclose(along(implicit(), total), gradients @ gradients.sum(0), atol=1e-4)


def test_a_layer_is_applied_as_a_linear_layer_is():
    features, _, weight, bias = drawn()
    layer = torch.cat([bias[:, None], weight], dim=1)
    assert torch.allclose(applied(layer, features), F.linear(features, weight, bias), atol=1e-6)
