"""EL2N with an offset: the hardest examples after the very hardest are dropped.

score(x, y) = mean over networks of |p(x) - y|; the `offset` share of the pool with the highest
scores is left out, the highest of the others are kept.
Source: Paul et al., on noise examples: where labels are wrong, the best window of
scores begins below the top. Here the offset is a share of the pool, the same at every size; where
too few are left, the dropped ones follow, the easiest first. Its scores are EL2N's own.
"""

import torch

from bench import method
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import distance_to_label, ranked, share


@method(
    name="el2n_offset",
    title="EL2N, offset",
    paper=(
        "Deep Learning on a Data Diet: Finding Important Examples Early in Training",
        2021,
        "https://arxiv.org/abs/2107.07075",
    ),
    needs=["early", "labels", "subset_only"],
    params={"offset": 0.3},
)
def el2n_offset(problem: SelectionProblem, *, offset: float) -> Chosen:
    """Keep the hardest of those that are left."""
    scores = distance_to_label(problem.early.logits, problem.labels).mean(0)
    order = ranked(scores)
    dropped = share(offset, problem.count)
    order = torch.cat([order[dropped:], order[:dropped].flip(0)])
    return Chosen({size: order[:size] for size in problem.sizes})
