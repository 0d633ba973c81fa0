"""SPOS: each step trains one path, every choice drawn uniformly.

w <- w - rate * grad L(w[path]), path uniform over the space (Single Path One-Shot, section 3.2,
equation 7); an architecture is scored by its path's validation loss with the shared weights. The
released code (github.com/megvii-model/SinglePathOneShot, src/Supernet) draws a path a batch too,
but from a bin of FLOPs that is drawn first: its search keeps between two limits, while here all
sizes are ranked.
"""

from bench import method
from suites.supernet.problem import Rows, Scorer, SupernetProblem
from suites.supernet.training import train


@method(
    name="spos",
    title="SPOS",
    paper=(
        "Single Path One-Shot Neural Architecture Search with Uniform Sampling",
        2019,
        "https://arxiv.org/abs/1904.00420",
    ),
    needs=["images", "budget"],
    track="unlabelled",
)
def spos(problem: SupernetProblem) -> Scorer:
    """Train on one uniform path a step."""
    network, generator = problem.network, problem.generator
    weights = network.weights(generator)
    train(problem, weights, lambda: network.sample(generator, 1))

    def scorer(architectures: Rows) -> object:
        return -problem.losses(weights, architectures)

    return scorer
