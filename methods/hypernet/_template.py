"""My method: a plain hypernetwork whose output is scaled, added to an initial target.

theta = theta_0 + scale * h(c): h is two hidden layers and a head, theta_0 the target's own
initialisation, c the condition.
"""

# Above: what it does in a sentence, then its equation, as in the paper, and where it stands there.
# Try this file as it is, then make it yours:
#
#     nox -s try -- methods/hypernet/my_method.py
#
# Everything may be edited but the file's name, which is name= as well. Comments like these can go.

from torch import Tensor

from bench import method
from suites.hypernet.layers import Plain, initialise_fan_out
from suites.hypernet.problem import HypernetProblem


class Scaled(Plain):
    """A module's forward maps conditions, shape (n, size), to the target's parameters by name,
    each of shape (n, *shape). Its layers may be any that torch.func.vmap can stack; those of
    suites.hypernet.layers keep their digits in a stack."""

    scale = 1.0

    def forward(self, conditions: Tensor) -> dict[str, Tensor]:
        change = self.head(self.hidden(conditions)) * self.scale
        return self.target.split(self.initial + change)


# The declaration. Its arguments are literals: listing reads them without running the file.
@method(
    name="my_method",  # how the command line and the tables call it
    title="My method",  # how the site calls it; name a simplification of the paper here
    paper=("Unpublished", 2026, "https://example.org"),  # title, year, link
    # What a task must have for it; on tasks that lack one it is skipped. There are:
    # NEEDS
    needs=["condition", "room"],
    # Its hyperparameters and their defaults; they come to the function by name. Learning rates
    # and optimisers aren't among them: the suite trains every method on the same grid.
    params={"scale": 0.5},
    # Exceptions to declare where they hold, e.g. traits=["smaller"]. There are:
    # TRAITS
)
def my_method(problem: HypernetProblem, *, scale: float) -> Scaled:
    """Build the module; the suite trains it at every optimiser, learning rate and seed."""
    # problem.target: what is wanted (shapes, weights, split, initial, logits).
    # problem.conditions: size, low, high and meaning of a condition.
    # problem.hidden, problem.cap: hidden layers of the plain hypernetwork, and its numbers: yours
    # may have 5% more.
    network = Scaled(problem.target, problem.conditions.size, problem.hidden)
    initialise_fan_out(network, problem.generator)
    network.scale = scale
    # A buffer is kept with the module and isn't trained; this one differs from seed to seed.
    network.register_buffer("initial", problem.target.initial(problem.generator))
    return network
