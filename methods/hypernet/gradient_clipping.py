"""The plain hypernetwork, trained with its gradient scaled down to norm 1 where it is longer.

g <- g min(1, norm / |g|) over all parameters together, before the optimiser; else the plain
hypernetwork by fan-out: theta = h(condition).

A control of MIP. Source of clipping: Pascanu, Mikolov and Bengio, "On the difficulty of training
Recurrent Neural Networks" (2013), https://arxiv.org/abs/1211.5063, algorithm 1.
"""

from __future__ import annotations

from bench import method
from suites.hypernet.layers import Plain, initialise_fan_out
from suites.hypernet.problem import HypernetProblem


@method(
    name="gradient_clipping",
    title="Gradients clipped",
    paper=(
        "On the difficulty of training Recurrent Neural Networks",
        2013,
        "https://arxiv.org/abs/1211.5063",
    ),
    needs=["condition", "room"],
    params={"norm": 1.0},
)
def gradient_clipping(problem: HypernetProblem, *, norm: float) -> Plain:
    """Build the plain hypernetwork and ask for clipped gradients."""
    network = Plain(problem.target, problem.conditions.size, problem.hidden)
    initialise_fan_out(network, problem.generator)
    network.clip = norm
    return network
