"""A block's choices trained without labels: to predict what an averaging network makes of them.

Here: an online network and the one that averages it, at one block of a chain; the views, heads and
the loss between them. Not here: how blocks follow each other (methods/supernet/bossnas.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi, sqrt

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, autograd

from suites.supernet.network import STEM, Network, Weights, batch_statistics
from suites.supernet.optimiser import Optimiser
from suites.supernet.problem import UPDATE_FLOPS, SupernetProblem
from suites.supernet.training import steps, update

PROJECT, PREDICT = "project", "predict"
HEADS = (f"{PROJECT}/1", f"{PROJECT}/2", f"{PREDICT}/1", f"{PREDICT}/2")
"""What stands behind a block: two layers that project its channels, and two that predict."""

EDGE = 8
"""A view is padded by a side's part of this before it is cropped."""


@dataclass
class Twins:
    """The online network and the one that averages it, at one block.

    Attributes:
        network: a chain of blocks, in which choice 0 is the identity.
        block: the place whose choices are trained.
        path: the choices taken before it.
        online, target: weights by name, the block's heads among them.
    """

    network: Network
    block: int
    path: tuple[int, ...]
    online: dict[str, Tensor]
    target: dict[str, Tensor]

    @property
    def choices(self) -> range:
        """The block's."""
        return range(len(self.network.space.choices[self.block]))

    @property
    def trained(self) -> list[str]:
        """Names of the weights that move: the block's, its heads', and at first the stem."""
        own = [n for choice in self.choices for n in self.network.weights_of(self.block, choice)]
        return [*([] if self.block else [STEM]), *dict.fromkeys(own), *HEADS]

    def put_heads(self, generator: Generator, hidden: int, projected: int) -> None:
        """Fresh heads, the same for both networks, with He's variance.

        Args:
            hidden, projected: how wide the layers are.
        """
        channels = self.network.channels[1]
        sizes = (channels, hidden), (hidden, projected), (projected, hidden), (hidden, projected)
        for name, size in zip(HEADS, sizes, strict=True):
            self.online[name] = torch.randn(size, generator=generator) * sqrt(2 / size[0])
            self.target[name] = self.online[name].clone()

    def alone(self, choice: int) -> tuple[int, ...]:
        """The architecture that has nothing but this choice of the block."""
        row = [0] * self.network.space.places
        row[self.block] = choice
        return tuple(row)

    def enter(self, weights: Weights, images: Tensor) -> Tensor:
        """What comes into the block; only the first block's loss reaches what is before it."""
        row = (*self.path, *(0,) * (self.network.space.places - self.block))
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.block):
            return self.network.features(weights, row, images)[-1]

    def project(self, weights: Weights, choice: int, x: Tensor) -> Tensor:
        """The projection of what a choice makes of x, shape (images, projected)."""
        maps = self.network.body(weights, self.alone(choice), x, batch_statistics)[-1]
        return perceptron(weights, PROJECT, maps.mean((2, 3)))

    def predict(self, weights: Weights, choice: int, x: Tensor) -> Tensor:
        """What an online path predicts the averaging network to project."""
        return perceptron(weights, PREDICT, self.project(weights, choice, x))

    @torch.no_grad()
    def ensemble(self, choices: Sequence[int], images: Tensor) -> Tensor:
        """The mean of the averaging network's normalised projections over choices."""
        x = self.enter(self.target, images)
        parts = [F.normalize(self.project(self.target, c, x), dim=1) for c in choices]
        return torch.stack(parts).mean(0)

    def losses(
        self, weights: Weights, choices: Sequence[int], images: Tensor, generator: Generator
    ) -> Tensor:
        """Of each choice against the mean over them, for two views, shape (choices,).

        Args:
            weights: the online network's.
        """
        one, two = crop(images, generator), crop(images, generator)
        wanted = {"one": self.ensemble(choices, one), "two": self.ensemble(choices, two)}
        x, y = self.enter(weights, one), self.enter(weights, two)
        return torch.stack(
            [
                distance(self.predict(weights, choice, x), wanted["two"])
                + distance(self.predict(weights, choice, y), wanted["one"])
                for choice in choices
            ]
        )

    def train(self, problem: SupernetProblem, paths: int, average: float, upto: float) -> None:
        """Train the block up to a share of the budget; the averaging network follows.

        Args:
            paths: choices a step.
            average: how much of the averaging network stays at a step, rising to 1.
        """
        names, order = self.trained, fair_choices(len(self.choices), paths, problem.generator)
        optimiser = Optimiser({name: self.online[name] for name in names}, problem.updates)
        for images, _, share in steps(problem, upto):
            choices = next(order)
            if not problem.affords(self.cost(problem, choices), upto):
                return
            leaves = {name: self.online[name].detach().requires_grad_() for name in names}
            losses = self.losses({**self.online, **leaves}, choices, images, problem.generator)
            found = autograd.grad(losses.mean(), list(leaves.values()), allow_unused=True)
            gradients = {n: g for n, g in zip(names, found, strict=True) if g is not None}
            update(problem, optimiser, gradients, share)
            follow(self.target, self.online, names, (1 - average) * (1 + cos(pi * share)) / 2)

    def cost(self, problem: SupernetProblem, choices: Sequence[int]) -> float:
        """What a step with these choices takes at most, in passes.

        Two views: there and back in one network, which is a pass, and there in the other.
        """
        rest = (0,) * (self.network.space.places - self.block)
        alone = sum(problem.cost(self.alone(choice)) for choice in choices)
        heads = sum(self.online[name].numel() for name in HEADS)
        own = sum(self.online[name].numel() for name in self.trained)
        views = 2 * 4 / 3 * (alone + problem.cost((*self.path, *rest)))
        behind = 2 * 4 / 3 * len(choices) * 6 * heads * problem.updates.batch
        return views + problem.as_passes(behind + 2 * UPDATE_FLOPS * own)

    @torch.no_grad()
    def rate(self, problem: SupernetProblem, part: float) -> list[float]:
        """The loss of each of the block's choices against the mean of all, on validation images.

        Args:
            part: of the budget that it may take, about: fewer images where it is small.
        """
        # Forward alone, in two networks, is half of what training costs: forward in two, and back.
        image = self.cost(problem, self.choices) / 2 / problem.updates.batch
        seen = problem.validation.images[: max(2, int(part * problem.passes / image))]
        return self.losses(self.online, self.choices, seen, problem.generator).tolist()


def perceptron(weights: Weights, name: str, x: Tensor) -> Tensor:
    """Two layers with BatchNorm and ReLU between: (images, inputs) -> (images, outputs)."""
    hidden = F.batch_norm(x @ weights[f"{name}/1"], None, None, training=True).relu()
    return hidden @ weights[f"{name}/2"]


def distance(predicted: Tensor, wanted: Tensor) -> Tensor:
    """-2 cos, the mean over images; both of shape (images, projected)."""
    return -2 * F.cosine_similarity(predicted, wanted, dim=1).mean()


def follow(
    target: Mapping[str, Tensor], online: Mapping[str, Tensor], names: Sequence[str], share: float
) -> None:
    """Move the averaging network's weights by a share of the way to the online network's."""
    for name in names:
        target[name].lerp_(online[name], share)


def fair_choices(count: int, size: int, generator: Generator) -> Iterator[list[int]]:
    """So many different choices at a time, all equally often: parts of orders without end."""
    left: list[int] = []
    while True:
        taken, left = left[:size], left[size:]
        if len(taken) < size:
            order = torch.randperm(count, generator=generator).tolist()
            rest = size - len(taken)
            # What is taken already comes last, so that no choice comes twice in a step.
            order.sort(key=lambda choice: choice in taken)
            taken, left = [*taken, *order[:rest]], order[rest:]
        yield taken


def crop(images: Tensor, generator: Generator) -> Tensor:
    """Each image padded by zeros on all sides, and cut at a random place to its size.

    Args:
        images: shape (images, channels, side, side).
    """
    count, side = len(images), images.shape[-1]
    edge = max(1, side // EDGE)
    padded = F.pad(images, (edge,) * 4)
    corners = torch.randint(2 * edge + 1, (2, count, 1), generator=generator)
    down, across = corners + torch.arange(side)
    numbers = torch.arange(count)[:, None, None]
    return padded.permute(0, 2, 3, 1)[numbers, down[:, :, None], across[:, None]].permute(
        0, 3, 1, 2
    )
