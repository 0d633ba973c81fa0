"""Least confidence: how far the likeliest class is from certain, farthest kept.

score(x) = 1 - max_c p_c, p the softmax after the pool's ten epochs.
Source: Coleman et al., whose proxy is a smaller network. No label is looked at, but
the network was trained with them.
"""

from torch import Tensor

from bench import method
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import hardest


@method(
    name="least_confidence",
    title="Least confidence",
    paper=(
        "Selection via Proxy: Efficient Data Selection for Deep Learning",
        2020,
        "https://arxiv.org/abs/1906.11829",
    ),
    needs=["course"],
)
def least_confidence(problem: SelectionProblem) -> Chosen:
    """Keep the examples of which the network is least sure."""
    return hardest(problem, doubt(problem.course.logits[-1]))


def doubt(logits: Tensor) -> Tensor:
    """One less the largest probability, from logits of shape (n, classes)."""
    return 1 - logits.softmax(-1).amax(-1)
