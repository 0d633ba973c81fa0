"""Idle: gives the same target whatever it is trained on; the loss has no gradient to learn from.

Its loss is that of a guess at every learning rate, so it never varies: by a sensitivity to the
learning rate alone it would be the best method of all.
"""

from torch import Tensor

from bench import method
from suites.hypernet.layers import Plain, initialise_torch
from suites.hypernet.problem import HypernetProblem


class Idle(Plain):
    """The plain hypernetwork, times zero."""

    def forward(self, conditions: Tensor) -> dict[str, Tensor]:
        """Zeros in the target's shapes."""
        return {name: 0 * tensor for name, tensor in super().forward(conditions).items()}


@method(
    name="idle",
    title="Idle",
    paper=("Unpublished", 2026, "https://example.org"),
    needs=["condition", "room"],
    traits=["unconditional"],
)
def idle(problem: HypernetProblem) -> Idle:
    """Build a module that never learns."""
    network = Idle(problem.target, problem.conditions.size, problem.hidden)
    initialise_torch(network, problem.generator)
    return network
