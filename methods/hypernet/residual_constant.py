"""theta = theta_0 + h([c, 1]): MIP with a constant number beside the condition as its encoding.

One number that is always 1 follows the condition, however many that has: what a first layer's bias
of 1 would add. The input's norm is at least 1 and still grows with the condition; theta_0 as in
MIP.

A control of MIP. Source: Ortiz, Guttag and Dalca, "Magnitude Invariant Parametrizations Improve
Hypernetwork Learning" (2023), https://arxiv.org/abs/2304.07645.
"""

from __future__ import annotations

from bench import method
from suites.hypernet.layers import Plain, add_initial, fitting, initialise_fan_out, with_one
from suites.hypernet.problem import HypernetProblem


@method(
    name="residual_constant",
    title="[c, 1] and residual",
    paper=(
        "Magnitude Invariant Parametrizations Improve Hypernetwork Learning",
        2023,
        "https://arxiv.org/abs/2304.07645",
    ),
    needs=["condition", "room"],
)
def residual_constant(problem: HypernetProblem) -> Plain:
    """Build the plain hypernetwork with [c, 1] and the residual."""
    encoded = problem.conditions.size + 1
    widths = fitting(problem, encoded)
    network = Plain(
        problem.target, problem.conditions.size, widths, encode=with_one, encoded=encoded
    )
    initialise_fan_out(network, problem.generator)
    add_initial(network, problem.generator)
    return network
