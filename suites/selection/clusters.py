"""Lloyd's k-means.

Here: centres and who belongs to them. Not here: what methods do with clusters.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor

ROUNDS = 100
"""After so many rounds it stops, settled or not."""


def k_means(points: Tensor, count: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """Centres (count, d), and the number of each point's nearest one, int64 (n,).

    It starts as k-means++ does: each centre is a point, drawn with a chance in the proportion of
    its squared distance to the nearest one so far. A centre without points stays where it is.
    Source: Arthur and Vassilvitskii, k-means++ (2007).

    Args:
        points: shape (n, d).
    Raises:
        ValueError: there are fewer points than centres.
    """
    if count > len(points):
        raise ValueError(f"{len(points)} points can't have {count} centres")
    centres = _start(points, count, generator)
    nearest = torch.cdist(points, centres).argmin(1)
    for _ in range(ROUNDS):
        sums = torch.zeros_like(centres).index_add_(0, nearest, points)
        members = torch.bincount(nearest, minlength=count)[:, None]
        centres = torch.where(members > 0, sums / members.clamp(min=1), centres)
        before, nearest = nearest, torch.cdist(points, centres).argmin(1)
        if torch.equal(before, nearest):
            break
    return centres, nearest


def _start(points: Tensor, count: int, generator: Generator) -> Tensor:
    chosen = [int(torch.randint(len(points), (1,), generator=generator))]
    squared = torch.full((len(points),), torch.inf)
    for _ in range(count - 1):
        squared = torch.minimum(squared, (points - points[chosen[-1]]).square().sum(1))
        # Where all points lie on centres already, any will do.
        weights = squared if bool((squared > 0).any()) else torch.ones_like(squared)
        chosen.append(int(torch.multinomial(weights, 1, generator=generator)))
    return points[torch.tensor(chosen)]
