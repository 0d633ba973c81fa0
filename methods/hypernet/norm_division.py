"""theta = h(c / |c|): the plain hypernetwork with its input brought to norm 1.

The whole condition is divided by its Euclidean norm (0 stays 0). |theta| no longer depends on the
condition's length, and neither does theta: a condition of one number becomes its sign, so there the
target can't follow it; task ids have norm 1 as they are.

A control of MIP: a constant norm by other means. Source: Ortiz, Guttag and Dalca, "Magnitude
Invariant Parametrizations Improve Hypernetwork Learning" (2023), https://arxiv.org/abs/2304.07645.
"""

from __future__ import annotations

from bench import method
from suites.hypernet.layers import Plain, initialise_fan_out, over_norm
from suites.hypernet.problem import HypernetProblem


@method(
    name="norm_division",
    title="Condition over its norm",
    paper=(
        "Magnitude Invariant Parametrizations Improve Hypernetwork Learning",
        2023,
        "https://arxiv.org/abs/2304.07645",
    ),
    needs=["condition", "room"],
    traits=["scale_free"],
)
def norm_division(problem: HypernetProblem) -> Plain:
    """Build the plain hypernetwork on conditions of norm 1."""
    network = Plain(problem.target, problem.conditions.size, problem.hidden, encode=over_norm)
    initialise_fan_out(network, problem.generator)
    return network
