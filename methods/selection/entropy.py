"""Prediction entropy: how undecided a trained network is, most undecided kept.

score(x) = - sum_c p_c log p_c, p the softmax after the pool's ten epochs.
Source: Coleman et al., whose proxy is a smaller network. No label is looked at, but
the network was trained with them.
"""

import torch
from torch import Tensor

from bench import method
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import hardest


@method(
    name="entropy",
    title="Entropy",
    paper=(
        "Selection via Proxy: Efficient Data Selection for Deep Learning",
        2020,
        "https://arxiv.org/abs/1906.11829",
    ),
    needs=["course"],
)
def entropy(problem: SelectionProblem) -> Chosen:
    """Keep the examples of which the network is least sure."""
    return hardest(problem, entropy_of(problem.course.logits[-1]))


def entropy_of(logits: Tensor) -> Tensor:
    """In nats, from logits of shape (n, classes)."""
    return torch.special.entr(logits.softmax(-1)).sum(-1)
