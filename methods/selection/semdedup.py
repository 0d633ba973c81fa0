"""SemDeDup: leave out what resembles another example of its cluster.

k-means over phi / |phi|; in each cluster, examples in the order of their cosine to its centre,
least similar first; m_j = the largest cosine of j to an example before it. The paper drops j where
m_j > 1 - epsilon; here epsilon is what leaves as many as are asked for: those of lowest m.
Source: Abbas et al., and github.com/facebookresearch/SemDeDup (an example is a measure for those
after it even where it is itself dropped). 20 clusters have a few hundred examples each; the paper's
50,000 have thousands.
"""

import torch
from torch import Generator, Tensor

from bench import method
from suites.selection.clusters import k_means
from suites.selection.geometry import unit
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import ranked


@method(
    name="semdedup",
    title="SemDeDup",
    paper=(
        "SemDeDup: Data-efficient learning at web-scale through semantic deduplication",
        2023,
        "https://arxiv.org/abs/2303.09540",
    ),
    needs=["course", "subset_only"],
    params={"clusters": 20},
)
def semdedup(problem: SelectionProblem, *, clusters: int) -> Chosen:
    """Keep what is least like anything before it."""
    likeness = duplication(problem.course.features, clusters, problem.generator)
    order = ranked(-likeness)
    return Chosen({size: order[:size] for size in problem.sizes})


def duplication(features: Tensor, clusters: int, generator: Generator) -> Tensor:
    """m of each example, shape (n,): a cosine, and -1 for the first of a cluster."""
    points = unit(features)
    centres, cluster = k_means(points, clusters, generator)
    to_centre = (points * unit(centres)[cluster]).sum(1)
    likeness = torch.full((len(points),), -1.0)
    for number in range(clusters):
        members = (cluster == number).nonzero()[:, 0]
        members = members[to_centre[members].argsort(stable=True)]
        cosines = points[members] @ points[members].T
        before = torch.ones_like(cosines).tril(-1).bool()
        if len(members) > 1:
            likeness[members[1:]] = cosines.where(before, -1.0)[1:].amax(1)
    return likeness
