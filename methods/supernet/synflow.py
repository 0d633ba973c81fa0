"""SynFlow: how much flows from input to output through the weights' absolute values.

score = sum over weights of |w dR/dw|, R = sum of f(1; |w|) for an image of ones. As in Abdelfattah
et al.'s released code (github.com/SamsungLabs/zero-cost-nas): without BatchNorm, in double
precision, over stem, convolutions and head. BatchNorm has no scale here and is left out, so nothing
of it is missing. Weights are those that the truth's trainings start from (variance 2 / fan-in).
"""

from bench import method
from suites.supernet import saliency
from suites.supernet.problem import Scorer, SupernetProblem
from suites.supernet.untrained import each, untrained


@method(
    name="synflow",
    title="SynFlow",
    paper=("Zero-Cost Proxies for Lightweight NAS", 2021, "https://arxiv.org/abs/2101.08134"),
    needs=["images"],
    track="unlabelled",
)
def synflow(problem: SupernetProblem) -> Scorer:
    """Add up all weights' flow."""
    networks = untrained(problem)
    return each(lambda row: sum(saliency.synflow(problem, networks.weights(row), row).values()))
