"""Convolutions in a row: the most 3x3 on one path, and among such paths the most 1x1.

score = the pair (3x3, 1x1) in dictionary order, of the path where it is largest; of `macro` the
numbers of blocks with a 3x3 and with a 1x1 alone. It knows nothing but the drawing of the
architecture, and pairs of equal size and equal chain are what a proxy must rank to know more. No
paper proposes it as a proxy: that depth tells much of how fast cells train is Shu, Wang and Cai's
finding.
"""

from bench import method
from suites.supernet.problem import Scorer, SupernetProblem


@method(
    name="chain",
    title="Convolutions in a row",
    paper=(
        "Understanding Architectures Learnt by Cell-based Neural Architecture Search",
        2019,
        "https://arxiv.org/abs/1909.09569",
    ),
    needs=["structure"],
    track="unlabelled",
)
def chain(problem: SupernetProblem) -> Scorer:
    """More is better."""
    return lambda architectures: problem.facts("chain", architectures)
