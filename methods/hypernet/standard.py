"""A plain hypernetwork with torch's own initialisation: theta = h(condition).

What a user gets who writes `nn.Linear` and thinks no further: all weights and biases uniform in
+-1 / sqrt(fan-in), the head's biases too, so theta has a part that doesn't depend on the condition.

Source: Ha, Dai and Le, "HyperNetworks" (2016), https://arxiv.org/abs/1609.09106, for generating
weights by a network; the initialisation is that of torch.nn.Linear.
"""

from __future__ import annotations

from bench import method
from suites.hypernet.layers import Plain, initialise_torch
from suites.hypernet.problem import HypernetProblem


@method(
    name="standard",
    title="Plain, torch's init",
    paper=("HyperNetworks", 2016, "https://arxiv.org/abs/1609.09106"),
    needs=["condition", "room"],
)
def standard(problem: HypernetProblem) -> Plain:
    """Build the plain hypernetwork with torch's initialisation."""
    network = Plain(problem.target, problem.conditions.size, problem.hidden)
    initialise_torch(network, problem.generator)
    return network
