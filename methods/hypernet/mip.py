"""MIP: theta = theta_0 + h([cos(pi c / 2), sin(pi c / 2)]).

The encoding has a constant norm, so the generated parameters' magnitude doesn't depend on the
condition; theta_0, a parameter of its own, starts as the target's own initialisation, and h adds to
it. theta_0 is the head's bias; hidden layers and head start Kaiming normal by fan-out, the head
slice by slice.

Source: Ortiz, Guttag and Dalca, "Magnitude Invariant Parametrizations Improve Hypernetwork
Learning" (2023), https://arxiv.org/abs/2304.07645: input encoding and output encoding (residual).
"""

from __future__ import annotations

from bench import method
from suites.hypernet.layers import Plain, add_initial, cosine_sine, fitting, initialise_fan_out
from suites.hypernet.problem import HypernetProblem


@method(
    name="mip",
    title="MIP",
    paper=(
        "Magnitude Invariant Parametrizations Improve Hypernetwork Learning",
        2023,
        "https://arxiv.org/abs/2304.07645",
    ),
    needs=["condition", "room"],
)
def mip(problem: HypernetProblem) -> Plain:
    """Build the plain hypernetwork with MIP's encoding and residual."""
    size = problem.conditions.size
    widths = fitting(problem, 2 * size)
    network = Plain(problem.target, size, widths, encode=cosine_sine, encoded=2 * size)
    initialise_fan_out(network, problem.generator)
    add_initial(network, problem.generator)
    return network
