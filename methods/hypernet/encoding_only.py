"""MIP's input encoding without its residual: theta = h([cos(pi c / 2), sin(pi c / 2)]).

Each number c of the condition, in [0, 1], becomes two of a constant norm, so |theta| hardly depends
on the condition; theta starts as small as that of the plain hypernetwork by fan-out.

Source: Ortiz, Guttag and Dalca, "Magnitude Invariant Parametrizations Improve Hypernetwork
Learning" (2023), https://arxiv.org/abs/2304.07645: input encoding.
"""

from __future__ import annotations

from bench import method
from suites.hypernet.layers import Plain, cosine_sine, fitting, initialise_fan_out
from suites.hypernet.problem import HypernetProblem


@method(
    name="encoding_only",
    title="MIP's encoding alone",
    paper=(
        "Magnitude Invariant Parametrizations Improve Hypernetwork Learning",
        2023,
        "https://arxiv.org/abs/2304.07645",
    ),
    needs=["condition", "room"],
)
def encoding_only(problem: HypernetProblem) -> Plain:
    """Build the plain hypernetwork with MIP's encoding."""
    encoded = 2 * problem.conditions.size
    widths = fitting(problem, encoded)
    network = Plain(
        problem.target, problem.conditions.size, widths, encode=cosine_sine, encoded=encoded
    )
    initialise_fan_out(network, problem.generator)
    return network
