"""SPOS without entangled weights: each choice has weights of its own.

SPOS on the same space, but a width or kernel is no part of a larger one's. It is the control for
entanglement: what SPOS does better or worse than this is due to choices sharing weights at a place.
The cost of a path is the same; each weight is trained by fewer of them.
Source: Single Path One-Shot shares nothing between choices of a block; entanglement is Slimmable
Networks' (https://arxiv.org/abs/1812.08928) and AutoFormer's (https://arxiv.org/abs/2107.00651).
"""

from bench import method
from suites.supernet.problem import Rows, Scorer, SupernetProblem
from suites.supernet.training import train


@method(
    name="spos_untangled",
    title="SPOS, untangled",
    paper=(
        "Single Path One-Shot Neural Architecture Search with Uniform Sampling",
        2019,
        "https://arxiv.org/abs/1904.00420",
    ),
    needs=["images", "budget", "nested"],
    track="unlabelled",
)
def spos_untangled(problem: SupernetProblem) -> Scorer:
    """Train on one uniform path a step, with each choice's own weights."""
    apart = problem.untangled()
    weights = apart.network.weights(apart.generator)
    train(apart, weights, lambda: apart.network.sample(apart.generator, 1))

    def scorer(architectures: Rows) -> object:
        return -apart.losses(weights, architectures)

    return scorer
