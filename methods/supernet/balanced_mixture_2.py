"""Balanced mixture of two supernets: methods/supernet/balanced_mixture.py with M = 2.

See there for the equations and the source. Together with SPOS, which is M = 1, and M = 4 it shows
what the number of supernets does, at a budget that they share.
"""

from bench import method
from suites.supernet.balancing import train_balanced
from suites.supernet.problem import Rows, Scorer, SupernetProblem


@method(
    name="balanced_mixture_2",
    title="Balanced mixture, 2",
    paper=(
        "Balanced Mixture of SuperNets for Learning the CNN Pooling Architecture",
        2023,
        "https://arxiv.org/abs/2306.11982",
    ),
    needs=["images", "budget", "enumerable"],
    track="unlabelled",
    params={"supernets": 2},
)
def balanced_mixture_2(problem: SupernetProblem, *, supernets: int) -> Scorer:
    """Train two supernets by their batches' own statistics."""
    trained = train_balanced(problem, supernets)

    def scorer(architectures: Rows) -> object:
        return -trained.losses(problem, architectures)

    return scorer
