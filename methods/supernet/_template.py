"""My method: a supernet that trains a few paths a step, and scores by validation loss.

w <- w - rate * sum over paths of grad L(w[path]); score(a) = -L_validation(w[a]).
"""

# Above: what it does in a sentence, then its equation, as in the paper, and where it stands there.
# Try this file as it is, then make it yours:
#
#     nox -s try -- methods/supernet/my_method.py
#
# Everything may be edited but the file's name, which is name= as well. Comments like these can go.

from bench import method
from suites.supernet.problem import Rows, Scorer, SupernetProblem
from suites.supernet.training import train


# The declaration. Its arguments are literals: listing reads them without running the file.
@method(
    name="my_method",  # how the command line and the tables call it
    title="My method",  # how the site calls it; name a simplification of the paper here
    paper=("Unpublished", 2026, "https://example.org"),  # title, year, link
    # What a task must have for it; on tasks that lack one it is skipped. There are:
    # NEEDS
    needs=["images", "budget"],
    # Its hyperparameters and their defaults; they come to the function by name.
    params={"paths": 2},
    # The ranking that it enters. There are:
    # TRACKS
    track="unlabelled",
)
def my_method(problem: SupernetProblem, *, paths: int) -> Scorer:
    """Train within the budget, and return what scores architectures."""
    # problem.architectures: what will be ranked, int8 (n, places): a choice for each place.
    # problem.network: weights(generator), forward(weights, architecture, images), used(...), ...
    # problem.passes, problem.progress: the budget, and the share of it that is spent.
    # problem.step(weights, architecture, images, labels): gradients, loss and logits of one path.
    # problem.label(i): with the need "labels", an architecture of problem.pool trained alone.
    network, generator = problem.network, problem.generator
    weights = network.weights(generator)
    train(problem, weights, lambda: network.sample(generator, paths))

    # A scorer gives one number an architecture, higher for what is thought better. It is asked
    # twice, in another order, and must answer alike: fix whatever it draws before it is returned.
    # A proxy trains nothing: it needs no "budget", and its scorer is all of it, e.g.
    #     return lambda architectures: problem.facts("parameters", architectures)
    def scorer(architectures: Rows) -> object:
        return -problem.losses(weights, architectures)

    return scorer
