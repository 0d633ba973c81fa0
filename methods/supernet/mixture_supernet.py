"""Mixture-of-Supernets: each kernel is a mixture of two, in shares that an architecture decides.

A step draws a uniform path a. For each kernel on it a router of two layers maps the architecture's
one-hot encoding to softmax shares of experts, and the path runs with

    W(a) = sum over e of softmax(B ReLU(A onehot(a) + u) + v)_e W_e

(Mixture-of-Supernets, layer-wise routing). Experts and routers on the path are trained
together; stem and head have no experts. An architecture is scored by its path's validation loss
with its own mixture. Published on transformers, with experts for the feed-forward layers (released:
github.com/UBC-NLP/MoS, mos-mt/fairseq/models/transformer_super.py, archrouting, 64 hidden units).
"""

from collections.abc import Mapping
from math import sqrt

import numpy as np
import torch
from torch import Generator, Tensor, autograd

from bench import method
from suites.supernet.network import HEAD, STEM, Architecture, Network
from suites.supernet.optimiser import Optimiser
from suites.supernet.problem import Rows, Scorer, SupernetProblem
from suites.supernet.training import steps, update

EXPERTS = "/experts"
ROUTER = ("/router A", "/router u", "/router B", "/router v")
PARTS = (EXPERTS, *ROUTER)
"""What a kernel's name is followed by."""

MIXING = 30
"""FLOPs for each number of an expert or router that a step takes at most: 2 to route or mix, 4 for
the gradients, and the update."""


@method(
    name="mixture_supernet",
    title="Mixture-of-Supernets",
    paper=(
        "Mixture-of-Supernets: Improving Weight-Sharing Supernet Training with "
        "Architecture-Routed Mixture-of-Experts",
        2023,
        "https://arxiv.org/abs/2306.04845",
    ),
    needs=["images", "budget"],
    track="unlabelled",
    params={"experts": 2, "hidden": 64},
)
def mixture_supernet(problem: SupernetProblem, *, experts: int, hidden: int) -> Scorer:
    """Train one uniform path a step, with mixed kernels."""
    network, generator = problem.network, problem.generator
    weights = fresh(network, generator, experts, hidden)
    optimiser = Optimiser(weights, problem.updates)
    for images, labels, share in steps(problem):
        (path,) = network.sample(generator, 1)
        own = [name + part for name in kernels(network, path) for part in PARTS]
        mixing = MIXING * sum(weights[name].numel() for name in own)
        if not problem.affords(problem.cost(path) + problem.as_passes(mixing)):
            break
        leaves = {name: weights[name].detach().requires_grad_() for name in own}
        mixed = mix(network, leaves, path)
        found = problem.step({**weights, **mixed}, path, images, labels).gradients
        gradients = {name: found.pop(name) for name in (STEM, HEAD) if name in found}
        if mixed:
            back = [found[name] for name in mixed]
            inner = autograd.grad(list(mixed.values()), list(leaves.values()), back)
            gradients |= dict(zip(leaves, inner, strict=True))
        update(problem, optimiser, gradients, share)

    @torch.no_grad()
    def scorer(architectures: Rows) -> object:
        values = [
            problem.losses({**weights, **mix(network, weights, row)}, row[None])[0]
            for row in architectures
        ]
        return -np.array(values)

    return scorer


def kernels(network: Network, architecture: Architecture | None = None) -> list[str]:
    """Names of the kernels that are mixtures: of an architecture, or all."""
    return [name for name in network.shapes(architecture) if name not in (STEM, HEAD)]


def inputs(network: Network, architecture: Architecture) -> Tensor:
    """An architecture's one-hot encoding, all places in a row, shape (inputs,)."""
    places = zip(architecture, network.space.choices, strict=True)
    return torch.cat([torch.eye(len(choices))[int(choice)] for choice, choices in places])


def fresh(network: Network, generator: Generator, experts: int, hidden: int) -> dict[str, Tensor]:
    """Stem and head; for each kernel its experts, shape (experts, *kernel), and its router.

    Routers start as torch's linear layers do: uniform within 1 / sqrt(inputs).
    """
    copies = [network.weights(generator) for _ in range(experts)]
    weights = {name: copies[0][name] for name in (STEM, HEAD)}
    encoding = sum(map(len, network.space.choices))
    for name in kernels(network):
        sizes = ((encoding, hidden), (hidden,), (hidden, experts), (experts,))
        bounds = (encoding, encoding, hidden, hidden)
        weights[name + EXPERTS] = torch.stack([copy[name] for copy in copies])
        for part, size, bound in zip(ROUTER, sizes, bounds, strict=True):
            weights[name + part] = (2 * torch.rand(size, generator=generator) - 1) / sqrt(bound)
    return weights


def mix(
    network: Network, weights: Mapping[str, Tensor], architecture: Architecture
) -> dict[str, Tensor]:
    """The kernels that an architecture runs with, by name."""
    names = kernels(network, architecture)
    if not names:
        return {}
    first, u, second, v = (torch.stack([weights[n + part] for n in names]) for part in ROUTER)
    hidden = (inputs(network, architecture) @ first + u).relu()  # (kernels, hidden)
    shares = ((hidden[:, None] @ second)[:, 0] + v).softmax(1)  # (kernels, experts)
    return {
        name: torch.tensordot(share, weights[name + EXPERTS], 1)
        for name, share in zip(names, shares, strict=True)
    }
