"""suites.hypernet.layers: what hypernetworks are built from, apart from whole methods."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from suites.hypernet.checks import problem_of
from suites.hypernet.layers import (
    Hidden,
    Plain,
    SpectralLinear,
    fitting,
    largest_singular,
    plain_count,
)
from suites.hypernet.problem import TOLERANCE, Conditions
from tests.suites.hypernet.frame import part


def test_a_plain_hypernetwork_has_the_numbers_that_its_count_says():
    target = part().target
    module = Plain(target, 3, (4, 8))
    # (3 + 1) 4 + (4 + 1) 8 + (8 + 1) weights
    assert plain_count(3, (4, 8), target.weights) == 16 + 40 + 9 * target.weights
    assert sum(p.numel() for p in module.parameters()) == plain_count(3, (4, 8), target.weights)


def test_an_encoding_that_doubles_a_long_condition_narrows_the_first_layer():
    of = part()
    long = replace(
        of,
        conditions=Conditions(960, 0.0, 1.0, "examples"),
        hidden=(16, 8),
        cap=plain_count(960, (16, 8), of.target.weights),
    )
    problem = problem_of(long, ("condition", "room"))
    assert fitting(problem, 960) == (16, 8)
    first, second = fitting(problem, 2 * 960)
    assert second == 8
    assert first % 4 == 0
    most = long.cap * (1 + TOLERANCE)
    weights = of.target.weights
    assert plain_count(2 * 960, (first, 8), weights) <= most
    assert plain_count(2 * 960, (first + 4, 8), weights) > most


@pytest.mark.parametrize("shape", [(1, 16), (16, 1), (5, 16), (16, 5), (40, 8), (8, 8)])
def test_the_largest_singular_value_is_lapacks(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(largest_singular(matrix), torch.linalg.svdvals(matrix)[0])


def test_the_gradient_of_the_largest_singular_value_is_that_of_its_vectors():
    matrix = torch.randn(16, 5, generator=torch.Generator().manual_seed(0), requires_grad=True)
    largest_singular(matrix).backward()
    left, _, right = torch.linalg.svd(matrix.detach(), full_matrices=False)
    torch.testing.assert_close(matrix.grad, torch.outer(left[:, 0], right[0]), rtol=1e-4, atol=1e-5)


def test_a_spectral_layer_is_the_same_whatever_its_weights_length():
    layer = SpectralLinear(8, 4)
    x = torch.randn(3, 8, generator=torch.Generator().manual_seed(0))
    before = layer(x)
    with torch.no_grad():
        layer.weight.mul_(7)
    torch.testing.assert_close(layer(x), before)


def test_layer_norm_stands_before_each_activation():
    hidden = Hidden((2, 8, 4), normalised=True)
    x = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    for layer, norm in zip(hidden.layers, hidden.norms, strict=True):
        x = torch.nn.functional.leaky_relu(norm(layer(x)))
    assert len(hidden.norms) == 2
    found = hidden(torch.randn(5, 2, generator=torch.Generator().manual_seed(0)))
    torch.testing.assert_close(found, x)
