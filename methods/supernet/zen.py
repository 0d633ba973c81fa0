"""Zen-score: how much an untrained network's features move when its input does.

log E ||f(x) - f(x + gamma e)||_1 + sum over BatchNorms of log sqrt(mean over channels of s^2),
x, e and all weights normal with variance 1, f the features before the pooling, s^2 the batch's
variance of a channel: what BatchNorm divides away is added back, so that weights' scale counts.
Source: Lin et al., section 3 and algorithm 1: gamma .01; 64 images and one draw in their search,
the mean of two here. Their released code (github.com/idstcv/ZenNAS) takes s^2 from running
averages that start at 1 and have seen two batches, about a fifth of the batch's; ours is the
paper's. Weights here have no BatchNorm scale of 1, which is none. A dead network has minus
infinity.
"""

from collections.abc import Iterable

import torch
from torch import Generator, Tensor

from bench import method
from suites.supernet.network import TAIL
from suites.supernet.problem import Scorer, SupernetProblem
from suites.supernet.untrained import BeforeNormalising, each, untrained


def expressivity(one: Tensor, other: Tensor, normalised: Iterable[Tensor]) -> float:
    """The score of one draw.

    Args:
        one, other: features of the inputs and of those moved, shape (images, channels, ...).
        normalised: what each BatchNorm normalised of the inputs, (images, channels, ...).
    """
    moved = (one - other).abs().flatten(1).sum(1).mean()
    scales = [x.transpose(0, 1).flatten(1).var(1, correction=0).mean() for x in normalised]
    return (moved.log() + torch.stack(scales).log().sum() / 2).item()


@method(
    name="zen",
    title="Zen-score",
    paper=("Zen-NAS", 2021, "https://arxiv.org/abs/2102.01063"),
    needs=["images"],
    params={"draws": 2, "batch": 64, "gamma": 0.01},
    track="unlabelled",
)
def zen(problem: SupernetProblem, *, draws: int, batch: int, gamma: float) -> Scorer:
    """Average the score over draws of weights and inputs."""
    network, networks = problem.network, untrained(problem)
    size = (batch, network.image_channels, network.side, network.side)

    def features(
        weights: dict[str, Tensor], row: object, inputs: Tensor
    ) -> tuple[Tensor, BeforeNormalising]:
        before = BeforeNormalising()
        last = network.features(weights, row, inputs, before)[-1]
        return before(TAIL, last).relu(), before

    def draw(row: object, generator: Generator) -> float:
        shapes = network.shapes(row)
        weights = {name: torch.randn(s, generator=generator) for name, s in shapes.items()}
        x, e = (torch.randn(size, generator=generator) for _ in range(2))
        one, before = features(weights, row, x)
        other, _ = features(weights, row, x + gamma * e)
        return expressivity(one, other, before.values.values())

    def score(row: object) -> float:
        if not network.alive(row):
            return -torch.inf
        generator = networks.generator(row)
        return sum(draw(row, generator) for _ in range(draws)) / draws

    return each(score)
