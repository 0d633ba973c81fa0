"""3x3 in a row: the most 3x3 convolutions on one path from input to output.

score = max over paths of the number of 3x3; of `macro` the number of blocks with one. It knows
nothing but the drawing of the architecture. No paper proposes it as a proxy: that depth tells much
of how fast cells train is Shu, Wang and Cai's finding.
"""

from bench import method
from suites.supernet.problem import Scorer, SupernetProblem


@method(
    name="depth3",
    title="3x3 in a row",
    paper=(
        "Understanding Architectures Learnt by Cell-based Neural Architecture Search",
        2019,
        "https://arxiv.org/abs/1909.09569",
    ),
    needs=["structure"],
    track="unlabelled",
)
def depth3(problem: SupernetProblem) -> Scorer:
    """More is better."""
    return lambda architectures: problem.facts("depth3", architectures)
