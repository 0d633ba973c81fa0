"""A plain hypernetwork with hyperfan-in: theta = h(condition), of the variance of Kaiming fan-in.

Hidden layers keep the condition's mean square Var; a head's row that gives a weight of a layer with
d_j inputs has variance 2 / (2 d_j d_k Var), one that gives a bias 2 / (2 d_k Var), with d_k the
head's inputs: so activations keep their variance through the target. The paper's Var is that of a
learnt embedding of mean 0; here it is the mean square of the conditions that training shows.

Source: Chang, Flokas and Lipson, "Principled Weight Initialization for Hypernetworks" (ICLR 2020),
https://arxiv.org/abs/2312.08399, table 1 with ReLU and biases in the target.
"""

from __future__ import annotations

from bench import method
from suites.hypernet.layers import Plain, initialise_hyperfan
from suites.hypernet.problem import HypernetProblem


@method(
    name="standard_hyperfan_in",
    title="Plain, hyperfan-in",
    paper=(
        "Principled Weight Initialization for Hypernetworks",
        2020,
        "https://arxiv.org/abs/2312.08399",
    ),
    needs=["condition", "room"],
)
def standard_hyperfan_in(problem: HypernetProblem) -> Plain:
    """Build the plain hypernetwork with hyperfan-in."""
    conditions = problem.conditions
    network = Plain(problem.target, conditions.size, problem.hidden)
    initialise_hyperfan(network, conditions.mean_square, problem.generator, mode="in")
    return network
