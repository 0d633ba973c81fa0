"""theta = theta_0 + h([c, 1 - c]): MIP with another encoding.

Each number c of the condition becomes [c, 1 - c], whose 1-norm is constant in [0, 1] and whose
Euclidean norm varies between 1 and .71; theta_0 as in MIP.

Source: Ortiz, Guttag and Dalca, "Magnitude Invariant Parametrizations Improve Hypernetwork
Learning" (2023), https://arxiv.org/abs/2304.07645;
the encoding is the mode `z|1-z` of the authors' HyperLight.
"""

from __future__ import annotations

from bench import method
from suites.hypernet.layers import Plain, add_initial, complement, fitting, initialise_fan_out
from suites.hypernet.problem import HypernetProblem


@method(
    name="residual_complement",
    title="[c, 1 - c] and residual",
    paper=(
        "Magnitude Invariant Parametrizations Improve Hypernetwork Learning",
        2023,
        "https://arxiv.org/abs/2304.07645",
    ),
    needs=["condition", "room"],
)
def residual_complement(problem: HypernetProblem) -> Plain:
    """Build the plain hypernetwork with [c, 1 - c] and the residual."""
    encoded = 2 * problem.conditions.size
    widths = fitting(problem, encoded)
    network = Plain(
        problem.target, problem.conditions.size, widths, encode=complement, encoded=encoded
    )
    initialise_fan_out(network, problem.generator)
    add_initial(network, problem.generator)
    return network
