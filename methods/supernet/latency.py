"""Latency: how long an architecture takes, as a count beside parameters and FLOPs.

score = seconds, from the table of the architectures' authors: slower is thought better, as larger
is. No paper proposes it.
"""

from bench import method
from suites.supernet.problem import Scorer, SupernetProblem


@method(
    name="latency",
    title="Latency",
    paper=("NAS-Bench-201", 2020, "https://arxiv.org/abs/2001.00326"),
    needs=["latency"],
    track="unlabelled",
)
def latency(problem: SupernetProblem) -> Scorer:
    """More is better."""
    return lambda architectures: problem.facts("latency", architectures)
