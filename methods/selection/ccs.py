"""CCS: cover all degrees of difficulty but the worst.

1. drop the share b of the pool with the smallest area under the margin;
2. cut the range of the others' scores into strata of equal width;
3. from the smallest stratum to the largest: give it an equal part of what is still to be chosen, or
   all that it holds;
4. draw so many of each stratum at random.
Source: Zheng et al., algorithm 1, with their 50 strata. They search b for each size and data set;
on CIFAR-100 they drop more the less is kept. Here it is .5, .4, .3 at 1, 10 and 30% of the pool.
Its scores are AUM's own, so it gives none. Their code takes margins of probabilities, here of
logits, as the area under the margin is defined.
"""

import torch
from torch import Generator, Tensor

from bench import method
from suites.selection.dynamics import area_under_margin, without_hardest
from suites.selection.problem import Chosen, SelectionProblem


@method(
    name="ccs",
    title="CCS",
    paper=(
        "Coverage-centric Coreset Selection for High Pruning Rates",
        2023,
        "https://arxiv.org/abs/2210.15809",
    ),
    needs=["course", "labels", "subset_only"],
    params={"dropped": [0.5, 0.4, 0.3], "strata": 50},
)
def ccs(problem: SelectionProblem, *, dropped: list[float], strata: int) -> Chosen:
    """Draw equal numbers from strata of the score."""
    scores = -area_under_margin(problem.course.logits, problem.labels)
    subsets = {}
    for size in problem.sizes:
        rows = without_hardest(scores, size, dropped)
        subsets[size] = rows[stratified(scores[rows], size, strata, problem.generator)]
    return Chosen(subsets)


def stratified(scores: Tensor, size: int, strata: int, generator: Generator) -> Tensor:
    """Places in `scores`, drawn in as equal numbers of each stratum as these allow.

    Args:
        scores: shape (n,).
        strata: of equal width between the lowest score and the highest.
    """
    width = ((scores.max() - scores.min()) / strata).clamp(min=1e-12)
    stratum = ((scores - scores.min()) / width).long().clamp(max=strata - 1)
    budgets = equal_parts(torch.bincount(stratum, minlength=strata), size)
    shuffled = torch.randperm(len(scores), generator=generator)
    drawn = [
        shuffled[stratum[shuffled] == number][:budget]
        for number, budget in enumerate(budgets)
        if budget
    ]
    return torch.cat(drawn)


def equal_parts(members: Tensor, size: int) -> list[int]:
    """How many of each stratum, the smallest served first.

    Args:
        members: of each stratum, int64; no fewer than `size` in all.
    """
    budgets, rest = [0] * len(members), size
    for place, number in enumerate(members.argsort(stable=True).tolist()):
        budgets[number] = min(int(members[number]), rest // (len(members) - place))
        rest -= budgets[number]
    return budgets
