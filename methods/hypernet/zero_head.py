"""theta = theta_0 + h(condition) with a head of zeros: training starts at the target's own init.

The condition goes in as it is; the head's weights start at 0 and its bias as the target's own
initialisation, so at first theta is the same under every condition.

A control of MIP: the residual with nothing added to it at the start. Source: Ortiz, Guttag and
Dalca, "Magnitude Invariant Parametrizations Improve Hypernetwork Learning" (2023),
https://arxiv.org/abs/2304.07645.
"""

from __future__ import annotations

from torch import nn

from bench import method
from suites.hypernet.layers import Plain, add_initial, initialise_fan_out
from suites.hypernet.problem import HypernetProblem


@method(
    name="zero_head",
    title="Zero head",
    paper=(
        "Magnitude Invariant Parametrizations Improve Hypernetwork Learning",
        2023,
        "https://arxiv.org/abs/2304.07645",
    ),
    needs=["condition", "room"],
)
def zero_head(problem: HypernetProblem) -> Plain:
    """Build the plain hypernetwork with the residual and a head of zeros."""
    network = Plain(problem.target, problem.conditions.size, problem.hidden)
    initialise_fan_out(network, problem.generator)
    nn.init.zeros_(network.head.weight)
    add_initial(network, problem.generator)
    return network
