"""A network's paths: what they run, what they share, and that each is its architecture alone."""

import numpy as np
import pytest
import torch

from suites.common.draws import generator
from suites.supernet.networks import NETWORKS, small
from suites.supernet.networks.micro201 import Micro201Network
from suites.supernet.overlay import overlay

DEAD = (0, 0, 3, 0, 3, 2)


def drawn(name, count, purpose):
    return small(name).space.sample(count, np.random.default_rng(len(purpose)))


def images(count=32):
    return overlay("validation").images[:count]


def own_part(network, weights, row):
    """The architecture's own weights, cut out of the supernet's by the space's definition."""
    cut = {}
    for name, shape in network.shapes(row).items():
        whole = weights[name]
        inset = (whole.shape[-1] - shape[-1]) // 2 if whole.dim() == 4 else 0
        cut[name] = whole[: shape[0], : shape[1]]
        if inset:
            cut[name] = cut[name][..., inset:-inset, inset:-inset]
        assert cut[name].shape == shape
    return {name: tensor.contiguous().clone() for name, tensor in cut.items()}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_path_gives_exactly_what_the_architecture_alone_gives_with_the_same_weights(name):
    network = small(name)
    weights = network.weights(generator(0, "test"))
    for row in drawn(name, 30, "path"):
        alone = own_part(network, weights, row)
        whole = network.forward(weights, row, images())
        assert torch.equal(whole, network.forward(alone, row, images()))


@pytest.mark.parametrize("name", NETWORKS)
def test_only_the_weights_that_are_used_get_a_gradient(name):
    network = small(name)
    weights = network.weights(generator(0, "test"))
    tensors = [tensor.requires_grad_() for tensor in weights.values()]
    for row in drawn(name, 20, "gradient"):
        logits = network.forward(weights, row, images())
        gradients = torch.autograd.grad(logits.logsumexp(1).sum(), tensors, allow_unused=True)
        moved = {n for n, g in zip(weights, gradients, strict=True) if g is not None}
        assert moved == set(network.used(row))


def test_zeros_reach_the_head_of_a_dead_architecture_and_train_nothing():
    network = small("micro201")
    weights = network.weights(generator(0, "test"))
    head = weights["head"].requires_grad_()
    logits = network.forward(weights, DEAD, images())
    assert network.used(DEAD) == ("head",)
    assert torch.equal(logits, torch.zeros(32, 10))
    (gradient,) = torch.autograd.grad(logits.logsumexp(1).sum(), [head])
    assert torch.equal(gradient, torch.zeros_like(head))
