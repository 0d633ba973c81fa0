"""A plain hypernetwork, Kaiming by fan-out: theta = h(condition).

The condition goes in as it is, every hidden layer and every slice of the head is Kaiming normal by
fan-out with LeakyReLU's gain, all biases are 0. It is the baseline of the MIP paper: the generated
parameters are proportional to the condition, and small.

Source: Ortiz, Guttag and Dalca, "Magnitude Invariant Parametrizations Improve Hypernetwork
Learning" (2023), https://arxiv.org/abs/2304.07645; initialisation as in the authors' HyperLight
with `encoding=None, init_independent_weights=False`.
"""

from __future__ import annotations

from bench import method
from suites.hypernet.layers import Plain, initialise_fan_out
from suites.hypernet.problem import HypernetProblem


@method(
    name="standard_fan_out",
    title="Plain, fan-out",
    paper=(
        "Magnitude Invariant Parametrizations Improve Hypernetwork Learning",
        2023,
        "https://arxiv.org/abs/2304.07645",
    ),
    needs=["condition", "room"],
)
def standard_fan_out(problem: HypernetProblem) -> Plain:
    """Build the plain hypernetwork with Kaiming fan-out initialisation."""
    network = Plain(problem.target, problem.conditions.size, problem.hidden)
    initialise_fan_out(network, problem.generator)
    return network
