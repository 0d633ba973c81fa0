"""Weights as a function of where they are: an implicit representation of a target of any width.

Here: the hypernetwork of Neural Metamorphosis and its loss, of which the methods `neumeta*` choose
pieces. Each tensor of the target has a small perceptron of its own; it is given a weight's
coordinates (layer, output, input, and how many there are of each) in Fourier features, and gives
the weight. As the coordinates go into the first layer one by one, this is a sum over rows and
columns. Not here: the order of the teacher's units (suites.hypernet.width.ordering).

Source: Yang and Wang, "Neural Metamorphosis" (2024), https://arxiv.org/abs/2410.11878, and its
authors' code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from suites.common.networks import Linear
from suites.common.trainer import cross_entropy
from suites.hypernet.layers import initialise_torch
from suites.hypernet.problem import Batch
from suites.hypernet.target import Target

FREQUENCIES = 4
NUMBERS = -(-(1 + 2 * FREQUENCIES) // 4) * 4
"""Features of one coordinate, up to a multiple of 4 by zeros: such shapes give the same digits
stacked as alone."""

MAGNITUDE = 1e-4
"""Weight of the loss's term for the weights' norms."""


def features(x: Tensor) -> Tensor:
    """x, sin(2^k pi x) and cos(2^k pi x): shape (...) -> (..., NUMBERS)."""
    angles = x[..., None] * (math.pi * 2.0 ** torch.arange(FREQUENCIES))
    found = torch.cat([x[..., None], angles.sin(), angles.cos()], dim=-1)
    return F.pad(found, (0, NUMBERS - found.shape[-1]))


@dataclass(frozen=True)
class Place:
    """One tensor of the target.

    Attributes:
        name: of the parameter.
        rows, columns: numbers in it; a bias has one column.
        any_row, any_column: whether that many depends on the width.
    """

    name: str
    rows: int
    columns: int
    any_row: bool
    any_column: bool

    def within(self, width: int) -> Place:
        """The tensor of a target that is no wider."""
        return Place(
            self.name,
            min(self.rows, width) if self.any_row else self.rows,
            min(self.columns, width) if self.any_column else self.columns,
            self.any_row,
            self.any_column,
        )

    @property
    def noise(self) -> int:
        """Coordinates that are moved: one a row, one a column, and those that all share."""
        return self.rows + self.columns + 4


def places(target: Target) -> list[Place]:
    """The target's tensors in order."""
    last = len(target.widths) - 2
    found = []
    for name, shape in target.shapes.items():
        layer = int(name.split(".")[1])
        columns = shape[1] if len(shape) > 1 else 1
        found.append(
            Place(name, shape[0], columns, layer < last, layer > 0 and name.endswith("weight"))
        )
    return found


def nearest(count: int, size: Tensor, known: int) -> Tensor:
    """Which of `known` units lies where each of `count` does, if all of `size` span as much.

    Args:
        size: shape (n,).
    Returns:
        int64 (n, count).
    """
    middle = (torch.arange(count) + 0.5) * known / size[:, None]
    return middle.long().clamp(0, known - 1)


class Perceptron(nn.Module):
    """Coordinates of one tensor's weights -> these weights.

    Args:
        hidden: width.
        layers: hidden layers. All but the first add to their input, scaled by a number that starts
            at .1.
    """

    def __init__(self, hidden: int, layers: int) -> None:
        super().__init__()
        self.first = Linear(6 * NUMBERS, hidden)
        self.blocks = nn.ModuleList(Linear(hidden, hidden) for _ in range(layers - 1))
        self.scales = nn.ParameterList(nn.Parameter(torch.full((1,), 0.1)) for _ in self.blocks)
        self.last = Linear(hidden, 1)

    def forward(self, rows: Tensor, columns: Tensor, shared: Tensor) -> Tensor:
        """Rows (n, r), columns (n, c), shared (n, 4) coordinates -> weights, (n, r, c)."""
        parts = self.first.weight.split([NUMBERS, NUMBERS, 4 * NUMBERS], dim=1)
        of_rows = features(rows) @ parts[0].mT
        of_columns = features(columns) @ parts[1].mT
        of_all = features(shared).flatten(1) @ parts[2].mT + self.first.bias
        x = F.relu(of_rows[:, :, None] + (of_columns + of_all[:, None])[:, None])
        for i, block in enumerate(self.blocks):
            x = x + self.scales[i] * F.relu(block(x))
        # A sum, as a product with one column gives other digits stacked than alone.
        found: Tensor = (x * self.last.weight[0]).sum(-1) + self.last.bias
        return found


class Coordinates(nn.Module):
    """Width -> the weights of a target that wide, zeros beyond.

    Args:
        target: of the largest width asked.
        sizes: widths of training. A condition is a width as a share of the target's.
        teacher: a trained target of one of these widths.
        generator: for the initialisation.
        hidden, layers: see Perceptron.
        residual: whether what is generated is added to the teacher's weights, sampled at the same
            places, or all there is.
        noisy: whether coordinates are moved, in training at random by up to half a unit, afterwards
            over `samples` places whose weights are averaged.
    """

    shifts: Tensor

    def __init__(
        self,
        target: Target,
        sizes: Sequence[int],
        teacher: Mapping[str, Tensor],
        generator: Generator,
        *,
        hidden: int,
        layers: int,
        residual: bool = True,
        noisy: bool = False,
        samples: int = 1,
    ) -> None:
        super().__init__()
        self.target, self.largest = target, target.widths[1]
        self.unit, self.trained = len(teacher["layers.0.bias"]), max(sizes)
        self.places = places(target)
        self.residual = residual
        self.perceptrons = nn.ModuleList(Perceptron(hidden, layers) for _ in self.places)
        for i, place in enumerate(self.places):
            known = teacher[place.name]
            self.register_buffer(f"teacher{i}", known[:, None] if known.dim() == 1 else known)
        self.noise = sum(p.within(self.trained).noise for p in self.places) if noisy else 0
        points = torch.quasirandom.SobolEngine(6).draw(samples) + 0.5 / samples - 0.5
        self.register_buffer("shifts", points if noisy else torch.zeros(1, 6))
        initialise_torch(self, generator)

    def forward(self, conditions: Tensor, noise: Tensor | None = None) -> dict[str, Tensor]:
        """Shape (n, 1) -> parameter name -> (n, *shape)."""
        if noise is not None:
            return self._padded(self.generate(conditions, noise - 0.5))
        found = [self._padded(self.generate(conditions, None, shift)) for shift in self.shifts]
        if len(found) == 1:
            return found[0]
        return {name: torch.stack([one[name] for one in found]).mean(0) for name in found[0]}

    def generate(
        self, conditions: Tensor, noise: Tensor | None, shift: Tensor | None = None
    ) -> list[Tensor]:
        """Each tensor's weights, (n, rows, columns), as far as training goes where it is on.

        Args:
            conditions: shape (n, 1).
            noise: how far each coordinate is moved, shape (self.noise,), or None.
            shift: how far all of a kind are, shape (6,): rows, columns, and those all share.
        """
        width = conditions[:, 0] * self.largest
        limit = self.trained if self.training else self.largest
        found, at = [], 0
        for i, place in enumerate(p.within(limit) for p in self.places):
            if noise is not None:
                moved = noise[at : at + place.noise]
                at += place.noise
                along, across, shared = moved.split([place.rows, place.columns, 4])
            else:
                along, across, shared = (shift if shift is not None else torch.zeros(6)).split(
                    [1, 1, 4]
                )
            found.append(self._tensor(i, place, width, along, across, shared))
        return found

    def _tensor(
        self, i: int, place: Place, width: Tensor, along: Tensor, across: Tensor, shared: Tensor
    ) -> Tensor:
        """One tensor's weights; its coordinates are moved by along, across and shared."""
        count = len(self.places)
        one = torch.ones_like(width)
        height = width if place.any_row else one * place.rows
        depth = width if place.any_column else one * place.columns
        sizes = torch.stack([one * count, height, depth], 1) + shared[1:]  # (n, 3)
        layer = (i + shared[:1]) / sizes[:, 0:1]
        rows = (torch.arange(place.rows) + along) / sizes[:, 1:2]
        columns = (torch.arange(place.columns) + across) / sizes[:, 2:3]
        weights = self.perceptrons[i](rows, columns, torch.cat([layer, sizes / self.unit], dim=1))
        weights = weights / depth[:, None, None]
        if self.residual:
            weights = weights + self._sampled(i, place, height, depth)
        if place.any_row:
            weights = weights * (torch.arange(place.rows) < width[:, None] - 0.5)[:, :, None]
        if place.any_column:
            weights = weights * (torch.arange(place.columns) < width[:, None] - 0.5)[:, None]
        return weights

    def _sampled(self, i: int, place: Place, height: Tensor, depth: Tensor) -> Tensor:
        """The teacher's weights at those places, times its fan-in over the target's."""
        known: Tensor = getattr(self, f"teacher{i}")
        rows = nearest(place.rows, height, known.shape[0])
        columns = nearest(place.columns, depth, known.shape[1])
        share = known.shape[1] / depth
        return known[rows[:, :, None], columns[:, None]] * share[:, None, None]

    def _padded(self, found: Sequence[Tensor]) -> dict[str, Tensor]:
        """Weights as the target's parameters: zeros beyond the widths of training."""
        parameters = {}
        for place, weights in zip(self.places, found, strict=True):
            missing = (0, place.columns - weights.shape[2], 0, place.rows - weights.shape[1])
            shape = self.target.shapes[place.name]
            parameters[place.name] = F.pad(weights, missing).reshape(-1, *shape)
        return parameters

    def loss(self, batch: Batch) -> Tensor:
        """Cross-entropy + 1e-4 sum ||W|| + (1 - progress) x reconstruction, where there is one.

        The teacher is reconstructed in steps that ask for its width: squared errors weighted by
        |w| / max |w| of the teacher, the mean over each tensor, then over tensors.
        """
        noise = None if batch.noise is None else batch.noise - 0.5
        found = self.generate(batch.conditions, noise)
        scores = self.target.logits(self._padded(found), batch.inputs, batch.masks)
        size = torch.stack([(w.square().sum() + 1e-12).sqrt() for w in found]).sum()
        known = torch.stack([self._error(i, w) for i, w in enumerate(found)]).mean(0)
        asked = (batch.conditions[:, 0] * self.largest - self.unit).abs() < 0.5
        recall = (known * asked).mean() * (1 - batch.progress)
        return cross_entropy(scores, batch.labels) + MAGNITUDE * size + recall

    def _error(self, i: int, weights: Tensor) -> Tensor:
        """How far one tensor's weights are from the teacher's, shape (n,)."""
        wanted: Tensor = getattr(self, f"teacher{i}")
        given = weights[:, : wanted.shape[0], : wanted.shape[1]]
        share = wanted.abs() / wanted.abs().max()
        return ((given - wanted).square() * share).mean((1, 2))
