"""FairNAS: each step trains every choice of every place once, before one update.

A step draws an order of the n choices for each place; path i takes the i-th of each. The n paths
see the same batch, their gradients are summed, clipped together and applied once: strict fairness
(FairNAS, algorithm 1). A path without a connection from input to output stays one of the n: its
gradient is exactly zero. An architecture is scored by its path's validation loss.
The authors released trained models, not the training; what is used for NAS-Bench-201 is PA&DA's
baseline (github.com/ShunLu91/PA-DA, train_baselines_201.py). Its list of paths is never emptied
within an epoch, so that it trains the same five paths for all of it; here each step draws its own.
"""

from bench import method
from suites.supernet.paths import fair
from suites.supernet.problem import Rows, Scorer, SupernetProblem
from suites.supernet.training import train


@method(
    name="fairnas",
    title="FairNAS",
    paper=(
        "FairNAS: Rethinking Evaluation Fairness of Weight Sharing Neural Architecture Search",
        2019,
        "https://arxiv.org/abs/1907.01845",
    ),
    needs=["images", "budget", "operators"],
    track="unlabelled",
)
def fairnas(problem: SupernetProblem) -> Scorer:
    """Train on as many paths a step as a place has choices."""
    network, generator = problem.network, problem.generator
    weights = network.weights(generator)
    train(problem, weights, lambda: fair(network.space, generator))

    def scorer(architectures: Rows) -> object:
        return -problem.losses(weights, architectures)

    return scorer
