"""Proxies beside the same network as torch modules, watched by hooks, as released code does it.

No installable package has these proxies for networks of one's own, so the second way is written
here: torch.nn, hooks, numpy and scikit-learn, by the papers' definitions.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import Tensor, nn

from suites.supernet.overlay import Examples
from suites.supernet.problem import SupernetProblem
from suites.supernet.spaces.macro import OPTIONS
from suites.supernet.untrained import one_batch, untrained
from tests.methods.supernet.invented import invented, scores_of

ROW = 5
"""Which of macro's architectures is held against its module."""


class Block(nn.Module):
    """x + BN(1x1(ReLU(BN(k x k(ReLU(x))))))."""

    def __init__(self, kernel: int, width: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(16, width, kernel, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, 16, 1, bias=False),
            nn.BatchNorm2d(16),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.branch(x)


class Macro(nn.Module):
    """An architecture of macro, with BatchNorm's own scale of 1 and shift of 0."""

    def __init__(self, row: Any, weights: dict[str, Tensor]) -> None:
        super().__init__()
        blocks = [Block(*OPTIONS[choice - 1]) for choice in row if choice]
        stem = nn.Conv2d(2, 16, 3, stride=2, padding=1, bias=False)
        self.features = nn.Sequential(
            stem, nn.BatchNorm2d(16), *blocks, nn.BatchNorm2d(16), nn.ReLU()
        )
        self.head = nn.Linear(16, 10, bias=False)
        for layer, weight in zip(layers(self), weights.values(), strict=True):
            layer.weight.data = weight.clone()

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x).mean((2, 3)))


def layers(network: nn.Module) -> list[Any]:
    """Convolutions and the head, as they run."""
    return [m for m in network.modules() if isinstance(m, nn.Conv2d | nn.Linear)]


def watched(
    network: nn.Module, kind: type[nn.Module], keep: Callable[[Tensor, Tensor], Any]
) -> list[Any]:
    """What `keep` makes of input and output of each module of a kind, filled by a forward pass."""
    kept: list[Any] = []
    for module in network.modules():
        if isinstance(module, kind):
            module.register_forward_hook(lambda _m, inputs, out: kept.append(keep(inputs[0], out)))
    return kept


def by_snip(network: nn.Module, examples: Examples) -> float:
    nn.functional.cross_entropy(network(examples.images), examples.labels).backward()
    return sum((m.weight * m.weight.grad).abs().sum().item() for m in layers(network))


def by_grad_norm(network: nn.Module, examples: Examples) -> float:
    nn.functional.cross_entropy(network(examples.images), examples.labels).backward()
    return sum(m.weight.grad.norm().item() for m in layers(network))


def by_synflow(network: nn.Module, examples: Examples) -> float:
    network.double()
    for module in list(network.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, nn.Identity())
    for layer in layers(network):
        layer.weight.data.abs_()
    network(torch.ones(1, 2, 8, 8).double()).sum().backward()
    return sum((m.weight * m.weight.grad).abs().sum().item() for m in layers(network))


def by_naswot(network: nn.Module, examples: Examples) -> float:
    codes = watched(network, nn.ReLU, lambda x, _: (x.flatten(1) > 0).double().numpy())
    network(examples.images)
    kernel = sum(c @ c.T + (1 - c) @ (1 - c).T for c in codes)
    return float(np.linalg.slogdet(kernel)[1])


def by_jacov(network: nn.Module, examples: Examples) -> float:
    inputs = examples.images.clone().requires_grad_()
    outputs = network(inputs)
    outputs.backward(torch.ones_like(outputs))
    jacobians = inputs.grad.flatten(1).double().numpy()
    values = np.linalg.eig(np.corrcoef(jacobians))[0].real + 1e-5
    return float(-(np.log(values) + 1 / values).sum())


def by_wpca(network: nn.Module, examples: Examples) -> float:
    maps = watched(network, nn.Conv2d, lambda _, out: out.movedim(1, -1).flatten(0, 2))
    network(examples.images)
    total = sum(PCA(0.99, svd_solver="full").fit(m.detach().numpy()).n_components_ for m in maps)
    return total * sum(m.weight.numel() for m in layers(network))


SECOND_WAY = {
    "snip": (by_snip, 64),
    "grad_norm": (by_grad_norm, 64),
    "synflow": (by_synflow, 64),
    "naswot": (by_naswot, 128),
    "jacov": (by_jacov, 64),
    "wpca": (by_wpca, 64),
}


def problem_and_row(name: str) -> tuple[SupernetProblem, Any]:
    problem = invented("macro", name)
    return problem, problem.architectures[ROW]


@pytest.mark.parametrize("name", SECOND_WAY)
def test_a_proxy_is_that_of_a_module_with_the_same_weights(name):
    second_way, batch = SECOND_WAY[name]
    problem, row = problem_and_row(name)
    networks, examples = untrained(problem), one_batch(problem, batch)
    expected = second_way(Macro(row, networks.weights(row)), examples)
    (score,) = scores_of(invented("macro", name), name)[ROW : ROW + 1]
    assert score == pytest.approx(expected, rel=1e-4)


def test_zen_is_that_of_a_module_whose_batchnorms_keep_one_batch():
    problem, row = problem_and_row("zen")
    generator = untrained(problem).generator(row)
    shapes = problem.network.shapes(row)
    weights = {name: torch.randn(s, generator=generator) for name, s in shapes.items()}
    network = Macro(row, weights)
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    x, e = (torch.randn(64, 2, 8, 8, generator=generator) for _ in range(2))
    features = network.features(x)
    # torch keeps variances over n - 1 of the n = 64 x 16 values of a channel
    variances = [m.running_var.mean().item() * 1023 / 1024 for m in norms]
    moved = (features - network.features(x + 0.01 * e)).abs().sum((1, 2, 3)).mean().item()
    expected = log(moved) + sum(map(log, variances)) / 2
    score = scores_of(invented("macro", "zen"), "zen", draws=1)[ROW]
    assert score == pytest.approx(expected, rel=1e-5)
