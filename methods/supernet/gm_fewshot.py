"""Few-shot NAS by gradient matching: split where choices pull the shared weights apart.

A supernet trains on uniform paths; then its place with the largest gain is split into two groups of
choices, and two children go on from its weights, optimiser and learning rate; each is split again,
and the four leaves start anew, with fresh weights, from the highest rate to 0. For a place,

    D(o, p) = mean over batches of 1 - cos(gradient with o there, gradient with p there)

of all weights but the place's own, the rest of the path drawn and shared; the groups are the two
choices and the others with the least D inside, the gain is the D between them. An architecture is
scored by the validation loss of its path in its own leaf.

As in the released code for NAS-Bench-201 with uniform paths (github.com/skhu101/GM-NAS,
WS-GM/nasbench201/train_search.py): 20, 20 and 50 epochs, groups of 2 and n - 2, cos + 1e-6 in the
norms. There D takes 100 batches, 2% of the training; here each split takes 4% of the budget. There
D leaves stem and head out too; here a cell's other kernels are few, and dead without a connection.
There a leaf's rate falls as over 90 epochs, of which it trains 50, and ends at .41 of the highest;
here it gets to 0, as every other network's that is scored.
"""

from bench import method
from suites.supernet.children import Child, losses
from suites.supernet.matching import best_split
from suites.supernet.optimiser import Optimiser
from suites.supernet.paths import Allowed, drawing, every, fixed
from suites.supernet.problem import Rows, Scorer, SupernetProblem
from suites.supernet.training import train

ROOT, INHERITING, ANEW = 20, 20, 50
"""Epochs of the root, of each of its two children, of each of the four leaves."""

UNITS = [ROOT, *[INHERITING] * 2, *[ANEW] * 4]

WHOLE = ROOT + INHERITING + ANEW
"""Of one line from the root to a leaf: the rate of the first two falls towards its end."""


@method(
    name="gm_fewshot",
    title="Few-shot NAS, gradient matching",
    paper=(
        "Generalizing Few-Shot NAS with Gradient Matching",
        2022,
        "https://arxiv.org/abs/2203.15207",
    ),
    needs=["images", "budget", "operators"],
    track="unlabelled",
    params={"split_share": 0.04},
)
def gm_fewshot(problem: SupernetProblem, *, split_share: float) -> Scorer:
    """Train a tree of supernets: one, its two parts, their four parts."""
    network, generator = problem.network, problem.generator
    root = Child(every(network.space), network.weights(generator))
    first = Optimiser(root.weights, problem.updates)
    fit(problem, root, 0, first, (0, ROOT / WHOLE))
    parts = []
    for number, allowed in enumerate(halves(problem, root, split_share), start=1):
        part = Child(allowed, {name: weight.clone() for name, weight in root.weights.items()})
        fit(problem, part, number, first.heir(part.weights), (ROOT / WHOLE, 1 - ANEW / WHOLE))
        parts.append(part)
    quarters = [half for part in parts for half in halves(problem, part, split_share)]
    leaves = [Child(allowed, network.weights(generator)) for allowed in quarters]
    for number, leaf in enumerate(leaves, start=1 + len(parts)):
        fit(problem, leaf, number, Optimiser(leaf.weights, problem.updates), (0, 1))

    def scorer(architectures: Rows) -> object:
        return -losses(problem, leaves, architectures)

    return scorer


def fit(
    problem: SupernetProblem,
    child: Child,
    number: int,
    optimiser: Optimiser,
    fall: tuple[float, float],
) -> None:
    """Train one of the seven on uniform paths of its part.

    Args:
        number: of the seven; what is left of the budget is shared out among it and all after it.
        fall: the part of the learning rate's fall that it goes through.
    """
    left = 1 - problem.progress
    train(
        problem,
        child.weights,
        drawing(child.allowed, problem.generator),
        upto=problem.progress + left * UNITS[number] / sum(UNITS[number:]),
        optimiser=optimiser,
        fall=fall,
    )


def halves(problem: SupernetProblem, child: Child, share: float) -> list[Allowed]:
    """The two parts of what a supernet may draw, split where that gains most.

    Args:
        share: of the budget, for finding it.
    """
    whole = every(problem.space)
    paths = sum(len(c) for c, every_c in zip(child.allowed, whole, strict=True) if c == every_c)
    images = max(2, round(share * problem.passes * problem.updates.batch / paths))
    found = best_split(problem, child.weights, child.allowed, images)
    return [fixed(child.allowed, found.place, group) for group in found.groups]
