"""Prototypes: how far an example is from the nearest of a few cluster centres.

score(x) = min_c |u(x) - c|, u = phi / |phi|, c the centres of k-means, as many as classes (ten).
Where little is kept the easiest are (closest to a prototype), where much is kept the hardest; of
each class at least the share `balance` of what even classes would have.
Source: Sorscher et al.: the metric, which end to keep as examples become fewer, and the balance of
.5 (without it, 1% of the pool is of one class). Their features are learnt without labels (SwAV);
here they are the pool's own network's, as there is no other. They name no share where the end to
keep turns; here it is `turn` of the pool.
"""

import torch
from torch import Tensor

from bench import method
from suites.selection.clusters import k_means
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import ranked, share


@method(
    name="ssp",
    title="Prototypes (supervised features)",
    paper=(
        "Beyond neural scaling laws: beating power law scaling via data pruning",
        2022,
        "https://arxiv.org/abs/2206.14486",
    ),
    needs=["course", "labels"],
    params={"clusters": 10, "turn": 0.2, "balance": 0.5},
)
def ssp(problem: SelectionProblem, *, clusters: int, turn: float, balance: float) -> Chosen:
    """Keep the prototypical at small sizes, the odd at large ones."""
    units = torch.nn.functional.normalize(problem.course.features, dim=1)
    centres, _ = k_means(units, clusters, problem.generator)
    scores = torch.cdist(units, centres).amin(1)
    subsets = {}
    for size in problem.sizes:
        order = ranked(-scores if size < turn * problem.count else scores)
        least = share(balance / problem.classes, size)
        subsets[size] = at_least_of_classes(order, problem.labels, least, size)
    return Chosen(subsets, scores)


def at_least_of_classes(order: Tensor, labels: Tensor, least: int, size: int) -> Tensor:
    """The first of an order, after the first `least` of each class.

    Args:
        order: numbers of the pool, each once.
        labels: of the pool, shape (n,).
        size: how many in all.
    """
    own = labels[order]
    first = torch.zeros(len(order), dtype=torch.bool)
    for label in own.unique().tolist():
        first[(own == label).nonzero()[:least, 0]] = True
    return torch.cat([order[first], order[~first]])[:size]
