"""BossNAS: block by block, choices are trained to agree, and rated by how near they are to all.

A block's choices follow the best earlier ones, whose weights rest. Each step takes 4 of its choices
in an order in which all come equally often, and two views of a batch; with z an online path's
prediction and t the mean over the 4 paths of an averaging network's normalised projections,

    loss = mean over paths of D(z of view 1, t of view 2) + D(z of view 2, t of view 1)
    D(z, t) = -2 cos(z, t)

and the averaging network follows the online one at .99, rising to 1 along half a cosine. A trained
block's choices are rated by the same loss against the mean over all of them, on validation images;
the best goes into the next block's path. An architecture scores minus the sum of its choices' loss
(BossNAS, and github.com/changlin31/BossNAS, searching/bossnas). No labels are used.
Views are as there for CIFAR: crops after padding by an eighth of the side; digits aren't mirrored.
Projector and predictor are of two layers as there, 64 and 32 wide for 4,096 and 256. There a block
is several layers, and what an earlier block's weights get from a later loss moves them on; here a
block is one place, and each has a quarter of the budget, an average and a learning rate of its own.
The released rating (hooks/val_hook.py) averages projections without normalising them, and feeds the
online choices from the averaging network's path; here choices are rated by the loss that is
trained.
"""

import numpy as np

from bench import method
from suites.supernet.problem import Rows, Scorer, SupernetProblem
from suites.supernet.twins import Twins

RATING, RESERVED = 0.05, 0.06
"""Shares of the budget: what rating choices is meant to take, and what is left for it."""


@method(
    name="bossnas",
    title="BossNAS (a place a block)",
    paper=(
        "BossNAS: Exploring Hybrid CNN-transformers with Block-wisely Self-supervised Neural "
        "Architecture Search",
        2021,
        "https://arxiv.org/abs/2103.12424",
    ),
    needs=["images", "budget", "blocks", "nested"],
    track="unlabelled",
    params={"paths": 4, "hidden": 64, "projected": 32, "average": 0.99},
)
def bossnas(
    problem: SupernetProblem, *, paths: int, hidden: int, projected: int, average: float
) -> Scorer:
    """Train and rate the blocks in their order."""
    network, places = problem.network, problem.space.places
    online = network.weights(problem.generator)
    target = {name: weight.clone() for name, weight in online.items()}
    path: list[int] = []
    table = []
    for block in range(places):
        twins = Twins(network, block, tuple(path), online, target)
        twins.put_heads(problem.generator, hidden, projected)
        twins.train(problem, paths, average, upto=(block + 1 - RESERVED) / places)
        table.append(twins.rate(problem, RATING / places))
        path.append(int(np.argmin(table[-1])))
    losses = np.array(table)  # (places, choices)

    def scorer(architectures: Rows) -> object:
        return -losses[np.arange(places), architectures].sum(1)

    return scorer
