"""The network of micro201: a stem, stages of cells with halving between, a head.

The default is one stage of one cell of 16 channels on 4x4 maps. With three stages of five cells of
16, 32 and 64 channels on 32x32 images it is NAS-Bench-201's own, less scale and shift of BatchNorm
and the head's bias.
Not here: the cell's encoding (suites.supernet.spaces.micro201).
"""

from __future__ import annotations

from itertools import product

import torch.nn.functional as F
from torch import Tensor

from suites.supernet.flops import (
    Cost,
    average,
    batch_norm,
    convolution,
    fork,
    join,
    relu,
)
from suites.supernet.network import Architecture, Network, Normalise, Shapes, Weights, convolve
from suites.supernet.spaces import micro201 as space


class Micro201Network(Network):
    """Cells of NAS-Bench-201.

    An edge that the output doesn't depend on isn't run, so its weights get no gradient at all.

    Args:
        stages: channels of each; between two a residual block halves the maps.
        cells: in each stage, all of one architecture.
        image_channels, side, classes: of the data.
        stem_stride: 2 halves the maps at once.
    """

    def __init__(
        self,
        stages: tuple[int, ...] = (space.CHANNELS,),
        cells: int = 1,
        image_channels: int = space.IMAGE_CHANNELS,
        side: int = space.SIDE,
        classes: int = space.CLASSES,
        stem_stride: int = 2,
    ) -> None:
        super().__init__(
            space.MICRO201,
            image_channels=image_channels,
            classes=classes,
            side=side,
            channels=(stages[0], stages[-1]),
            stem_stride=stem_stride,
        )
        self.stages, self.cells = stages, cells

    def alive(self, architecture: Architecture) -> bool:
        """Whether a path without a none leads from the cell's input to its output."""
        return any(space.live(architecture))

    def body_shapes(self, architecture: tuple[int, ...] | None) -> Shapes:
        """A kernel for each stage, cell, edge and convolution; three for each halving."""
        shapes: Shapes = {}
        for stage, width in enumerate(self.stages):
            if stage:
                narrow = self.stages[stage - 1]
                shapes[f"{stage}/half/first"] = (width, narrow, 3, 3)
                shapes[f"{stage}/half/second"] = (width, width, 3, 3)
                shapes[f"{stage}/half/side"] = (width, narrow, 1, 1)
            for cell in range(self.cells):
                for place, operator in _convolutions(architecture):
                    side = 1 if operator == space.SMALL else 3
                    shapes[_name(stage, cell, place, operator)] = (width, width, side, side)
        return shapes

    def weights_of(self, place: int, choice: int) -> tuple[str, ...]:
        """The kernel of an edge's convolution in each cell; none for other operators."""
        if choice not in (space.SMALL, space.LARGE):
            return ()
        cells = product(range(len(self.stages)), range(self.cells))
        return tuple(_name(stage, cell, place, choice) for stage, cell in cells)

    def body(
        self, weights: Weights, architecture: tuple[int, ...], x: Tensor, normalise: Normalise
    ) -> list[Tensor]:
        """Each cell's live nodes in order, and what each halving gives."""
        outputs: list[Tensor] = []
        for stage in range(len(self.stages)):
            if stage:
                outputs.append(_halve(weights, f"{stage}/half", outputs[-1], normalise))
            for cell in range(self.cells):
                entry = outputs[-1] if outputs else x
                outputs += _run_cell(weights, (stage, cell), architecture, entry, normalise)
        return outputs

    def body_cost(self, architecture: tuple[int, ...]) -> Cost:
        """All cells and halvings."""
        total, positions = Cost(), self.positions
        for stage, width in enumerate(self.stages):
            if stage:
                positions //= 4
                total += _halving_cost(self.stages[stage - 1], width, positions)
            total += _cell_cost(architecture, width, positions) * self.cells
        return total

    def end_positions(self, architecture: tuple[int, ...]) -> int:
        """A quarter for each halving."""
        return self.positions // 4 ** (len(self.stages) - 1)


def _convolutions(architecture: tuple[int, ...] | None) -> list[tuple[int, int]]:
    """Place and operator of each convolution: all, or the live ones of an architecture."""
    if architecture is None:
        return [(p, o) for p in range(len(space.EDGES)) for o in (space.SMALL, space.LARGE)]
    return [
        (place, operator)
        for place, (operator, on) in enumerate(
            zip(architecture, space.live(architecture), strict=True)
        )
        if on and operator in (space.SMALL, space.LARGE)
    ]


def _name(stage: int, cell: int, place: int, operator: int) -> str:
    end, start = space.EDGES[place]
    return f"{stage}/{cell}/{end}<-{start}/{space.OPERATORS[operator]}"


def _run_cell(
    weights: Weights,
    where: tuple[int, int],
    architecture: tuple[int, ...],
    x: Tensor,
    normalise: Normalise,
) -> list[Tensor]:
    """The cell's nodes that the output depends on, the output last."""
    nodes: dict[int, Tensor] = {0: x}
    live = space.live(architecture)
    for place, (end, start) in enumerate(space.EDGES):
        if not live[place]:
            continue
        y, operator = nodes[start], architecture[place]
        if operator in (space.SMALL, space.LARGE):
            name = _name(*where, place, operator)
            y = normalise(name, convolve(y.relu(), weights[name]))
        elif operator == space.POOL:
            y = F.avg_pool2d(y, 3, stride=1, padding=1, count_include_pad=False)
        nodes[end] = nodes[end] + y if end in nodes else y
    return [node for number, node in nodes.items() if number]


def _halve(weights: Weights, name: str, x: Tensor, normalise: Normalise) -> Tensor:
    """NAS-Bench-201's residual block between stages: half the maps, more channels."""
    first, second = f"{name}/first", f"{name}/second"
    y = normalise(first, convolve(x.relu(), weights[first], stride=2))
    y = normalise(second, convolve(y.relu(), weights[second]))
    return y + convolve(F.avg_pool2d(x, 2), weights[f"{name}/side"])


def _cell_cost(architecture: tuple[int, ...], width: int, positions: int) -> Cost:
    """A cell's live edges; a node sums what comes in, and the gradients of what it hands on."""
    elements = width * positions
    edges = [edge for edge, on in zip(space.EDGES, space.live(architecture), strict=True) if on]
    joins = len(edges) - len({end for end, _ in edges})
    forks = len(edges) - len({start for _, start in edges})
    total = join(elements) * joins + fork(elements) * forks
    for operator, on in zip(architecture, space.live(architecture), strict=True):
        if on and operator == space.POOL:
            total += average(elements, 9)
        elif on and operator in (space.SMALL, space.LARGE):
            side = 1 if operator == space.SMALL else 3
            total += relu(elements) + convolution(width, width, side, positions)
            total += batch_norm(elements)
    return total


def _halving_cost(narrow: int, width: int, positions: int) -> Cost:
    """The residual block between stages; `positions` of a map that it gives."""
    before, after = 4 * narrow * positions, width * positions
    branch = (
        relu(before)
        + convolution(narrow, width, 3, positions)
        + batch_norm(after) * 2
        + relu(after)
        + convolution(width, width, 3, positions)
    )
    side = average(narrow * positions, 4) + convolution(narrow, width, 1, positions)
    return branch + side + join(after) + fork(before)
