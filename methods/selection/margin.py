"""Margin: how close the two likeliest classes are, closest kept.

score(x) = 1 - (p_first - p_second), p the softmax after the pool's ten epochs.
Source: Scheffer et al. (2001), as Coleman et al. select by it, whose proxy is a
smaller network. No label is looked at, but the network was trained with them.
"""

from torch import Tensor

from bench import method
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import hardest


@method(
    name="margin",
    title="Margin",
    paper=(
        "Selection via Proxy: Efficient Data Selection for Deep Learning",
        2020,
        "https://arxiv.org/abs/1906.11829",
    ),
    needs=["course"],
)
def margin(problem: SelectionProblem) -> Chosen:
    """Keep the examples whose two likeliest classes are closest."""
    return hardest(problem, closeness(problem.course.logits[-1]))


def closeness(logits: Tensor) -> Tensor:
    """One less the difference of the two largest probabilities, from logits (n, classes)."""
    first, second = logits.softmax(-1).topk(2, dim=-1).values.unbind(-1)
    return 1 - (first - second)
