"""Late pooling: the later maps are halved, the better.

score = sum of the numbers of the blocks before which maps are halved: how long maps stay large, and
so what a forward pass costs. No paper proposes it; the space is Javan, Toews and Pedersoli's.
"""

from bench import method
from suites.supernet.problem import Scorer, SupernetProblem


@method(
    name="late_pooling",
    title="Late pooling",
    paper=(
        "Balanced Mixture of SuperNets for Learning the CNN Pooling Architecture",
        2023,
        "https://arxiv.org/abs/2306.11982",
    ),
    needs=["pooling"],
    track="unlabelled",
)
def late_pooling(problem: SupernetProblem) -> Scorer:
    """Later is better."""
    return lambda architectures: problem.facts("late_pooling", architectures)
