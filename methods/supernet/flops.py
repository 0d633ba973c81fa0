"""FLOPs: what one image costs, as a count that every proxy must be read beside.

score = FLOPs of a forward pass. No paper proposes it; NAS-Bench-Suite-Zero found that few proxies
rank better.
"""

from bench import method
from suites.supernet.problem import Scorer, SupernetProblem


@method(
    name="flops",
    title="FLOPs",
    paper=("NAS-Bench-Suite-Zero", 2022, "https://arxiv.org/abs/2210.03230"),
    needs=["flops"],
    track="unlabelled",
)
def flops(problem: SupernetProblem) -> Scorer:
    """More is better."""
    return lambda architectures: problem.facts("flops", architectures)
