"""The plain hypernetwork with LayerNorm before each activation: theta = h(condition).

h = LeakyReLU(LN(W x + b)), scale and shift of LayerNorm trained from 1 and 0; the condition goes in
as it is, the head is plain. At the start, with b = 0, a first layer's output is proportional to a
condition of one number, and LN takes that factor out: theta hardly depends on it until b is
trained.

A control of MIP, whose paper looks at normalisation in the hypernetwork. Source: Ortiz, Guttag and
Dalca, "Magnitude Invariant Parametrizations Improve Hypernetwork Learning" (2023),
https://arxiv.org/abs/2304.07645.
"""

from __future__ import annotations

from bench import method
from suites.hypernet.layers import Plain, fitting, initialise_fan_out
from suites.hypernet.problem import HypernetProblem


@method(
    name="layer_norm",
    title="LayerNorm",
    paper=(
        "Magnitude Invariant Parametrizations Improve Hypernetwork Learning",
        2023,
        "https://arxiv.org/abs/2304.07645",
    ),
    needs=["condition", "room"],
)
def layer_norm(problem: HypernetProblem) -> Plain:
    """Build the plain hypernetwork with LayerNorm in its hidden layers."""
    size = problem.conditions.size
    widths = fitting(problem, size, 2 * sum(problem.hidden))
    network = Plain(problem.target, size, widths, normalised=True)
    initialise_fan_out(network, problem.generator)
    return network
