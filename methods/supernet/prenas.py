"""PreNAS: choose an eighth of the list without data, and train the supernet on these alone.

For each architecture, with the supernet's first weights w and images of noise x ~ N(0, 1),

    proxy = sum over its weights of |w dL/dw|,   L = the sum of all logits

The eighth with the largest proxy are preferred: each step trains one of them, drawn uniformly, and
they are scored by validation loss. All others stand below them, in the proxy's order (PreNAS, and
github.com/tinyvision/PreNAS, lib/score_maker.py, data-free).
There the architectures are transformers, whose proxies are parts of one gradient of the largest
network, scaled by layer, and one is preferred in each interval of parameters; here each has a
gradient of its own (a cell has no largest network), and the largest proxies are preferred whatever
their size, since all are ranked together. Theirs leave out what all share, ours count stem and head
too. Noise is 8 images for their 64, as a thousand gradients of 64 would cost a quarter of the
smaller budget. Where all weights are used by every architecture (`pooling`), the proxy's order
hangs on the draw, and so does that of the seven eighths that stand by it.
"""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, autograd

from bench import method
from suites.supernet.network import Architecture
from suites.supernet.problem import Rows, Scorer, SupernetProblem
from suites.supernet.training import train


@method(
    name="prenas",
    title="PreNAS (largest proxies)",
    paper=(
        "PreNAS: Preferred One-Shot Learning Towards Efficient Neural Architecture Search",
        2023,
        "https://arxiv.org/abs/2304.14636",
    ),
    needs=["images", "budget"],
    track="unlabelled",
    params={"preferred": 0.125, "noise_images": 8},
)
def prenas(problem: SupernetProblem, *, preferred: float, noise_images: int) -> Scorer:
    """Rank by a proxy, then train on the first of that ranking."""
    network, generator, rows = problem.network, problem.generator, problem.architectures
    weights = network.weights(generator)
    shape = (noise_images, network.image_channels, network.side, network.side)
    noise = torch.randn(shape, generator=generator)
    order = np.argsort([proxy(problem, weights, row, noise) for row in rows], kind="stable")
    place = {rows[number].tobytes(): rank / len(rows) for rank, number in enumerate(order)}
    chosen = rows[order[-max(1, round(preferred * len(rows))) :]]
    train(problem, weights, lambda: chosen[draw(problem, len(chosen))])
    best = {row.tobytes() for row in chosen}

    def scorer(architectures: Rows) -> NDArray[np.float64]:
        scores = np.array([place[row.tobytes()] - 1 for row in architectures])  # -1 to 0
        for i, row in enumerate(architectures):
            if row.tobytes() in best:
                scores[i] = np.exp(-problem.losses(weights, row[None])[0])  # 0 to 1
        return scores

    return scorer


def draw(problem: SupernetProblem, count: int) -> NDArray[np.int64]:
    """One of so many, shape (1,)."""
    return torch.randint(count, (1,), generator=problem.generator).numpy()


def proxy(
    problem: SupernetProblem, weights: Mapping[str, Tensor], row: Architecture, images: Tensor
) -> float:
    """|w dL/dw| added up over an architecture's weights."""
    network = problem.network
    leaves = {name: weights[name].detach().requires_grad_() for name in network.used(row)}
    total = network.forward(leaves, row, images).sum()
    gradients = autograd.grad(total, list(leaves.values()))
    products = [
        (w.detach() * g).abs().sum() for w, g in zip(leaves.values(), gradients, strict=True)
    ]
    return float(torch.stack(products).sum())
