"""SPOS by running statistics: paths share BatchNorm's averages.

SPOS, but BatchNorm keeps averages of means and variances while it trains (share .1 of the newest
batch) and scores with them, as a network does that is evaluated as usual. A choice of a place has
its own averages; all paths through it share them, though what comes in differs from path to path.
The authors of SPOS measure statistics anew for each architecture for that reason; the other rows
normalise each batch by itself.
"""

from bench import method
from suites.supernet.normalisation import RunningStatistics
from suites.supernet.problem import Rows, Scorer, SupernetProblem
from suites.supernet.training import train


@method(
    name="spos_running",
    title="SPOS, running statistics",
    paper=(
        "Single Path One-Shot Neural Architecture Search with Uniform Sampling",
        2019,
        "https://arxiv.org/abs/1904.00420",
    ),
    needs=["images", "budget"],
    track="unlabelled",
)
def spos_running(problem: SupernetProblem) -> Scorer:
    """Train on one uniform path a step, and score by the averages that paths share."""
    network, generator = problem.network, problem.generator
    weights, averages = network.weights(generator), RunningStatistics()
    train(
        problem,
        weights,
        lambda: network.sample(generator, 1),
        normalise=averages.training,
    )

    def scorer(architectures: Rows) -> object:
        return -problem.losses(weights, architectures, averages)

    return scorer
