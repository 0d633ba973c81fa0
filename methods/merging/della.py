"""DELLA: drop changes at random, small ones more often; then elect a sign, and average.

With t_i = theta_i - theta_0, in each row of n entries (the last dimension) that have ranks
r = 0 .. n-1 by magnitude:
1. drop: an entry stays with probability p = 1 - drop - window / 2 + window r / (n - 1), and is
   divided by p, so that its expectation is what it was;
2. elect: the sign of each weight is that of sum_i t_i (+ where it is 0);
3. fuse: the mean of the entries of that sign; theta = theta_0 + scale * mean.
Source: Deep et al., section 3, and their code: rank_magnitude_sampling, whose epsilon is half of
`window`; `normalize` on. drop .3, window .14 and scale 1.1 are the example of their README; they
search all three. A row of one entry stays with 1 - drop. A draw is one sample of the method: read
its row over three seeds at least. DARE is window 0 (and sums: methods.merging.dare).
"""

import torch
from torch import Generator, Tensor

from bench import method
from suites.merging.each_tensor import agreeing_mean
from suites.merging.problem import MergingProblem
from suites.merging.vectors import LARGE, State


@method(
    name="della",
    title="DELLA",
    paper=("DELLA-Merging", 2024, "https://arxiv.org/abs/2406.11617"),
    needs=["pretrained"],
    params={"drop": 0.3, "window": 0.14, "scale": 1.1},
    space={"drop": [0.1, 0.3, 0.5, 0.7, 0.9], "scale": [0.4, 0.7, 1.1, 1.6]},
    traits=["random"],
)
def della(problem: MergingProblem, *, drop: float, window: float, scale: float) -> State:
    """Drop and rescale by rank, elect, fuse, tensor by tensor; add `scale` times the result.

    Holds one state and one tensor's K pruned changes.
    """
    merged = {}
    for name, start in problem.pretrained.items():
        if start.is_floating_point() and start.numel():
            changes = torch.empty(len(problem.experts), *start.shape, dtype=start.dtype)
            for change, expert in zip(changes, problem.experts, strict=True):
                torch.sub(expert[name], start, out=change)
                prune_(change, drop, window, problem.generator)
            merged[name] = torch.empty(start.shape, dtype=start.dtype)
            pieces = changes.view(len(changes), -1).split(LARGE, dim=1)
            for piece, to in zip(pieces, merged[name].view(-1).split(LARGE), strict=True):
                to.copy_(agreeing_mean(piece))
            merged[name].mul_(scale).add_(start)
        else:
            merged[name] = start.clone()
    return merged


def prune_(change: Tensor, drop: float, window: float, generator: Generator) -> None:
    """Step 1 for one expert's change of one tensor, in place, some rows at a time.

    Args:
        change: shape (..., n), contiguous: rows of n entries; a single number is a row.
        drop, window: probabilities; drop +- window / 2 lies within [0, 1).
        generator: draws one number an entry.
    """
    length = change.shape[-1] if change.dim() else 1
    for rows in change.view(-1, length).split(max(1, LARGE // length)):
        order = rows.abs().argsort(dim=1, stable=True)
        places = torch.arange(length, dtype=change.dtype).expand_as(order)
        rank = torch.empty_like(rows).scatter_(1, order, places)
        stays = 1 - drop + (window * (rank / max(1, length - 1) - 0.5) if length > 1 else 0 * rank)
        drawn = torch.rand(rows.shape, generator=generator)
        rows.mul_(drawn < stays).div_(stays)
