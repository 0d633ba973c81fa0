"""SortedNet: one update after the gradients of several nested sub-networks.

w <- w - rate * sum over k of grad L(w[path_k]), each path drawn uniformly, a narrower choice being
the first channels of a wider one (SortedNet: random sampling with gradient accumulation; no
teacher, and no network that is in every step). With one path a step it is SPOS on the same weights;
what differs is that several paths make an update, and that there are fewer updates for it.
The paper's sub-networks change one dimension for all layers at once; here each place is drawn for
itself, as the ranked architectures are. Written from the paper, not from its code.
"""

from bench import method
from suites.supernet.problem import Rows, Scorer, SupernetProblem
from suites.supernet.training import train


@method(
    name="sortednet",
    title="SortedNet",
    paper=(
        "SortedNet: A Scalable and Generalized Framework for Training Modular Deep Neural Networks",
        2023,
        "https://arxiv.org/abs/2309.00255",
    ),
    needs=["images", "budget", "nested"],
    track="unlabelled",
    params={"paths": 4},
)
def sortednet(problem: SupernetProblem, *, paths: int) -> Scorer:
    """Train on several uniform paths a step."""
    network, generator = problem.network, problem.generator
    weights = network.weights(generator)
    train(problem, weights, lambda: network.sample(generator, paths))

    def scorer(architectures: Rows) -> object:
        return -problem.losses(weights, architectures)

    return scorer
