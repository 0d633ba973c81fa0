"""D2 pruning: hard examples of hard surroundings, apart from each other.

In the graph that joins each example to its nearest neighbours in phi, d the distance:
1. forward:  x_i = s_i + sum over neighbours j of e^(-d_ij^2) s_j
2. take the highest x_i; reverse: x_j <- x_j - e^(-gamma d_ij^2) x_i for its neighbours; again.
s is the difficulty: the area under the margin, turned round and scaled to [0, 1].
Source: Maharana et al., section 3, and github.com/adymaharana/d2pruning. As they do, the share of
the pool with the smallest margins is dropped first (what CCS drops). Otherwise than there: phi has
length 1, so that one gamma serves every network; the exponent is squared, as in the paper but not
in their code; classes aren't balanced, so that one graph holds the whole pool.
"""

import torch
from torch import Tensor

from bench import method
from suites.selection.dynamics import area_under_margin, without_hardest
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.training import in_batches


@method(
    name="d2",
    title="D2 pruning",
    paper=(
        "D2 Pruning: Message Passing for Balancing Diversity and Difficulty in Data Pruning",
        2024,
        "https://arxiv.org/abs/2310.07931",
    ),
    needs=["course", "labels", "subset_only"],
    params={"neighbours": 10, "gamma": 1.0, "dropped": [0.5, 0.4, 0.3]},
)
def d2(problem: SelectionProblem, *, neighbours: int, gamma: float, dropped: list[float]) -> Chosen:
    """Pass difficulty forward, choose, pass it back."""
    course = problem.course
    suspicion = -area_under_margin(course.logits, problem.labels)
    lowest, highest = suspicion.min(), suspicion.max()
    difficulty = (suspicion - lowest) / (highest - lowest).clamp(min=1e-12)
    subsets = {}
    for size in problem.sizes:
        rows = without_hardest(suspicion, size, dropped)
        graph = nearest(course.features[rows], neighbours)
        subsets[size] = rows[take(forward(difficulty[rows], graph), graph, gamma, size)]
    return Chosen(subsets)


Graph = tuple[Tensor, Tensor, Tensor]
"""Edges in both directions, sorted by where they begin: from, to (int64), squared distance."""


def nearest(features: Tensor, neighbours: int) -> Graph:
    """Joins examples of which either is among the other's nearest; features to length 1.

    Args:
        features: shape (n, width).
        neighbours: how many each looks at; all others where there are fewer.
    """
    count = len(features)
    units = torch.nn.functional.normalize(features, dim=1)
    wanted = min(neighbours, count - 1)
    ends, squares = [], []
    for block in in_batches(count):
        squared = (2 - 2 * units[block] @ units.T).clamp(min=0)
        own = torch.arange(block.start, block.stop)
        squared[torch.arange(len(own)), own] = torch.inf
        values, numbers = squared.topk(wanted, dim=1, largest=False)
        ends.append(own[:, None] * count + numbers)
        squares.append(values)
    one_way, values = torch.cat(ends).flatten(), torch.cat(squares).flatten()
    other_way = one_way % count * count + one_way // count
    keys = torch.cat([one_way, other_way])
    order = keys.argsort(stable=True)
    keys = keys[order]
    first = torch.ones_like(keys, dtype=torch.bool)
    first[1:] = keys[1:] != keys[:-1]
    keys, values = keys[first], torch.cat([values, values])[order][first]
    return keys // count, keys % count, values


def forward(difficulty: Tensor, graph: Graph) -> Tensor:
    """Each difficulty and its neighbours', by nearness, shape (n,)."""
    start, end, squared = graph
    return difficulty.index_add(0, start, (-squared).exp() * difficulty[end])


def take(scores: Tensor, graph: Graph, gamma: float, size: int) -> Tensor:
    """So many numbers, each the highest score after the earlier ones' messages, int64."""
    start, end, squared = graph
    scores, nearness = scores.clone(), (-gamma * squared).exp()
    degrees = torch.bincount(start, minlength=len(scores))
    stops = degrees.cumsum(0).tolist()
    chosen = []
    for _ in range(size):
        number = int(scores.argmax())
        edges = slice(stops[number - 1] if number else 0, stops[number])
        scores.index_add_(0, end[edges], -scores[number] * nearness[edges])
        scores[number] = -torch.inf
        chosen.append(number)
    return torch.tensor(chosen)
