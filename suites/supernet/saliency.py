"""How much each weight of an untrained network matters, summed over each tensor.

Here: SNIP's, SynFlow's and the gradient's norm, one number a tensor of weights, so that a proxy can
add them up and a predictor can take them one by one. Not here: the weights
(suites.supernet.untrained), proxies (methods/supernet).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from suites.supernet.network import Weights
from suites.supernet.problem import SupernetProblem

Saliencies = dict[str, float]
"""By the name of the weights."""


def snip(weights: Weights, gradients: Mapping[str, Tensor]) -> Saliencies:
    """Sum |w g|: how far the loss moves, to first order, if a weight goes (Lee et al., 2019).

    Args:
        weights, gradients: by name; weights without a gradient count nothing.
    """
    return {name: float((weights[name] * g).abs().sum()) for name, g in gradients.items()}


def gradient_norms(gradients: Mapping[str, Tensor]) -> Saliencies:
    """The Euclidean norm of each tensor's gradient (Abdelfattah et al., 2021)."""
    return {name: float(g.norm()) for name, g in gradients.items()}


def synflow(problem: SupernetProblem, weights: Weights, architecture: Any) -> Saliencies:
    """Sum |w dR/dw| with R = sum of f(1; |w|): SynFlow (Tanaka et al., 2020).

    f is the network with the weights' absolute values, without BatchNorm, for one image of ones, in
    double precision. ReLU does nothing there, so R is the sum over all paths of the product of
    their weights, and where every path meets each tensor once, each tensor has R.

    Args:
        problem: charged for a forward and backward pass of one image, as the table counts them.
    Raises:
        BudgetExceeded: it doesn't fit.
    """
    network = problem.network
    problem.meter.charge(network.step_flops(architecture, 1), "the flow through a network")
    with problem.uncounted():
        leaves = {
            name: weights[name].double().abs().requires_grad_()
            for name in network.used(architecture)
        }
        image = torch.ones(1, network.image_channels, network.side, network.side).double()
        flow = network.forward(leaves, architecture, image, lambda _name, x: x).sum()
        gradients = torch.autograd.grad(flow, list(leaves.values()))
        pairs = zip(leaves.items(), gradients, strict=True)
        return {name: float((leaf.detach() * g).abs().sum()) for (name, leaf), g in pairs}
