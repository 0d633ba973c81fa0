"""A plain hypernetwork with hyperfan-out: theta = h(condition), of the variance of Kaiming fan-out.

Hidden layers keep the condition's mean square Var; a head's row that gives a weight of a layer with
d_i outputs has variance 2 / (d_i d_k Var), one that gives a bias max(0, 2 (1 - d_j / d_i) / (d_k
Var)), with d_j the layer's inputs and d_k the head's: so gradients keep their variance through the
target. The paper's Var is that of a learnt embedding of mean 0; here it is the mean square of the
conditions that training shows.

Source: Chang, Flokas and Lipson, "Principled Weight Initialization for Hypernetworks" (ICLR 2020),
https://arxiv.org/abs/2312.08399, table 1 with ReLU and biases in the target.
"""

from __future__ import annotations

from bench import method
from suites.hypernet.layers import Plain, initialise_hyperfan
from suites.hypernet.problem import HypernetProblem


@method(
    name="standard_hyperfan_out",
    title="Plain, hyperfan-out",
    paper=(
        "Principled Weight Initialization for Hypernetworks",
        2020,
        "https://arxiv.org/abs/2312.08399",
    ),
    needs=["condition", "room"],
)
def standard_hyperfan_out(problem: HypernetProblem) -> Plain:
    """Build the plain hypernetwork with hyperfan-out."""
    conditions = problem.conditions
    network = Plain(problem.target, conditions.size, problem.hidden)
    initialise_hyperfan(network, conditions.mean_square, problem.generator, mode="out")
    return network
