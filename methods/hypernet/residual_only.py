"""MIP's residual without its input encoding: theta = theta_0 + h(condition).

The condition goes in as it is. theta_0 is the head's bias and starts as the target's own
initialisation; what h adds is still proportional to the condition.

Source: Ortiz, Guttag and Dalca, "Magnitude Invariant Parametrizations Improve Hypernetwork
Learning" (2023), https://arxiv.org/abs/2304.07645: output encoding (residual).
"""

from __future__ import annotations

from bench import method
from suites.hypernet.layers import Plain, add_initial, initialise_fan_out
from suites.hypernet.problem import HypernetProblem


@method(
    name="residual_only",
    title="MIP's residual alone",
    paper=(
        "Magnitude Invariant Parametrizations Improve Hypernetwork Learning",
        2023,
        "https://arxiv.org/abs/2304.07645",
    ),
    needs=["condition", "room"],
)
def residual_only(problem: HypernetProblem) -> Plain:
    """Build the plain hypernetwork with MIP's residual."""
    network = Plain(problem.target, problem.conditions.size, problem.hidden)
    initialise_fan_out(network, problem.generator)
    add_initial(network, problem.generator)
    return network
