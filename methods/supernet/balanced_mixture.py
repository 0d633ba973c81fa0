"""Balanced mixture: four supernets, each architecture drawn to those that it does well in.

A step draws an architecture a uniformly and a supernet m with chance P(m | a), trains a in m, and
measures its accuracy on a batch of validation images:

    A[a, m] <- .95 A[a, m] + .05 accuracy, from 1
    P(. | a) = softmax(T A[a]), divided by the supernets' shares until these are uniform

with T from 1 to 100 over the training; it rises, and what to divide by is found, at each epoch's
start (Balanced Mixture of SuperNets, and github.com/mehravehj/Balanced-Mixture-of-SuperNets,
NAS_trainer.py). The released settings differ by network: .95 and 100 are the ResNet-18's, the
ResNet-20 of 36 poolings has .9 and 100, others up to 150. An architecture is scored by its
validation loss in the supernet that it is drawn to most.
With one supernet it is SPOS, and an evaluation a step that decides nothing. The paper's case for
several is that a single one fails, by running statistics that all architectures share; rows of
their own are so, balanced_mixture_running and spos_running. There accuracy is the score, and half
the training images are kept to measure it; here the task's own validation images are.
"""

from bench import method
from suites.supernet.balancing import train_balanced
from suites.supernet.problem import Rows, Scorer, SupernetProblem


@method(
    name="balanced_mixture",
    title="Balanced mixture",
    paper=(
        "Balanced Mixture of SuperNets for Learning the CNN Pooling Architecture",
        2023,
        "https://arxiv.org/abs/2306.11982",
    ),
    needs=["images", "budget", "enumerable"],
    track="unlabelled",
    params={"supernets": 4},
)
def balanced_mixture(problem: SupernetProblem, *, supernets: int) -> Scorer:
    """Train four supernets by their batches' own statistics."""
    trained = train_balanced(problem, supernets)

    def scorer(architectures: Rows) -> object:
        return -trained.losses(problem, architectures)

    return scorer
