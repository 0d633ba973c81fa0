"""The plain hypernetwork with every weight matrix divided by its largest singular value.

theta = h(condition), where no layer, the head neither, lengthens what it reads.

W / sigma(W) with sigma exact, from the eigenvalues of the smaller Gram matrix, and differentiated;
the paper estimates it by a step of power iteration that goes on from the step before, which is the
same once it has converged. Biases and the condition are as they are.

It takes four times as long as its rivals (a sixth of the suite's time at `small`), so it runs in
the tier `full` only.

A control of MIP. Source: Miyato, Kataoka, Koyama and Yoshida, "Spectral Normalization for
Generative Adversarial Networks" (2018), https://arxiv.org/abs/1802.05957, equation 8.
"""

from __future__ import annotations

from bench import method
from suites.hypernet.layers import Plain, SpectralLinear, initialise_fan_out
from suites.hypernet.problem import HypernetProblem


@method(
    name="spectral_norm",
    title="Spectral norm",
    paper=(
        "Spectral Normalization for Generative Adversarial Networks",
        2018,
        "https://arxiv.org/abs/1802.05957",
    ),
    needs=["condition", "room"],
    tiers=["full"],
)
def spectral_norm(problem: HypernetProblem) -> Plain:
    """Build the plain hypernetwork with layers of spectral norm 1."""
    network = Plain(problem.target, problem.conditions.size, problem.hidden, linear=SpectralLinear)
    initialise_fan_out(network, problem.generator)
    return network
