"""Prototypes: how far an example is from the nearest of a few cluster centres.

score(x) = min_c |phi(x) - c|, c the centres of k-means, as many as there are classes. Where little
is kept the easiest are (closest to a prototype), where much is kept the hardest.
Source: Sorscher et al.: which end to keep turns with how many examples
there are. Their features are learnt without labels (SwAV); here they are the pool's own network's,
as there is no other. They say of no share where it turns; here at `turn` of the pool.
"""

import torch

from bench import method
from suites.selection.clusters import k_means
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import ranked


@method(
    name="ssp",
    title="Prototypes (supervised features)",
    paper=(
        "Beyond neural scaling laws: beating power law scaling via data pruning",
        2022,
        "https://arxiv.org/abs/2206.14486",
    ),
    needs=["course"],
    params={"clusters": 10, "turn": 0.2},
)
def ssp(problem: SelectionProblem, *, clusters: int, turn: float) -> Chosen:
    """Keep the prototypical at small sizes, the odd at large ones."""
    features = problem.course.features
    centres, _ = k_means(features, clusters, problem.generator)
    scores = torch.cdist(features, centres).amin(1)
    hard, easy = ranked(scores), ranked(-scores)
    subsets = {
        size: (easy if size < turn * problem.count else hard)[:size] for size in problem.sizes
    }
    return Chosen(subsets, scores)
