"""The plain hypernetwork whose output is scaled as in GHN-3: weights by fan-in, biases by tanh.

weight = sqrt(2 / fan-in) h, bias = tanh(.2 h), with torch's own initialisation of h, which the
authors' decoder has too (there its last layers are then made five times smaller). The condition
goes in as it is.

A control of MIP. Source: Knyazev, Hwang and Lacoste-Julien, "Can We Scale Transformers to Predict
Parameters of Diverse ImageNet Models?" (2023), https://arxiv.org/abs/2303.04143: normalisation of
predicted parameters.
"""

from __future__ import annotations

from bench import method
from suites.hypernet.layers import Plain, initialise_torch
from suites.hypernet.problem import HypernetProblem


@method(
    name="output_scaling",
    title="Output scaled by fan-in",
    paper=(
        "Can We Scale Transformers to Predict Parameters of Diverse ImageNet Models?",
        2023,
        "https://arxiv.org/abs/2303.04143",
    ),
    needs=["condition", "room"],
)
def output_scaling(problem: HypernetProblem) -> Plain:
    """Build the plain hypernetwork with GHN-3's scaling of its output."""
    network = Plain(problem.target, problem.conditions.size, problem.hidden, scaled=True)
    initialise_torch(network, problem.generator)
    return network
