"""Balanced mixture by running statistics, as published: paths share BatchNorm's averages.

methods/supernet/balanced_mixture.py with the statistics of the paper's networks: while it trains, a
batch is normalised by itself and goes into averages (share .1 of the newest); accuracy and the
score are taken with the averages, which all architectures of a supernet share although their maps
differ in size. spos_running is the same with one supernet.
Source: as there; BatchNorm is torch's default in the released code.
"""

from bench import method
from suites.supernet.balancing import train_balanced
from suites.supernet.problem import Rows, Scorer, SupernetProblem


@method(
    name="balanced_mixture_running",
    title="Balanced mixture, running statistics",
    paper=(
        "Balanced Mixture of SuperNets for Learning the CNN Pooling Architecture",
        2023,
        "https://arxiv.org/abs/2306.11982",
    ),
    needs=["images", "budget", "enumerable"],
    track="unlabelled",
    params={"supernets": 4},
)
def balanced_mixture_running(problem: SupernetProblem, *, supernets: int) -> Scorer:
    """Train four supernets and score them by the averages that their paths share."""
    trained = train_balanced(problem, supernets, running=True)

    def scorer(architectures: Rows) -> object:
        return -trained.losses(problem, architectures)

    return scorer
