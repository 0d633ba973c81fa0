"""Static hypernetwork: every tile of a weight matrix comes from an embedding z_j of its own.

A tile K_j has 4 inputs and 16 outputs; for its input i
    a_i = W_i z_j + B_i          W_i (d, d), d = numbers in an embedding, as in the paper
    K_i = W_out a_i + B_out      W_out (16, d)
with one W_i, B_i, W_out, B_out for all tiles of all layers. Larger matrices are tiled, what is too
much is left out; biases are trained as they are. The paper's kernels are those of convolutions and
its embeddings have 64 numbers; here they have as many, up to 64, as the cap allows. The paper gives
no initialisation: z_j starts normal with variance 2 / fan-in of its layer, the two linear layers
with 1 / fan-in, so the target starts as by Kaiming.

Source: Ha, Dai and Le, "HyperNetworks" (2016), https://arxiv.org/abs/1609.09106, section 3.1,
equations 2 to 4.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from bench import method
from suites.hypernet.problem import TOLERANCE, HypernetProblem, TooFewNumbers
from suites.hypernet.target import Target

INPUTS, OUTPUTS, LONGEST = 4, 16, 64
"""A tile's inputs and outputs; the most numbers in an embedding."""


@method(
    name="ha_static",
    title="Static hypernetwork",
    paper=("HyperNetworks", 2016, "https://arxiv.org/abs/1609.09106"),
    needs=["one_target"],
    track="compress",
    traits=["smaller"],
)
def ha_static(problem: HypernetProblem) -> Static:
    """Build a static hypernetwork with embeddings as long as the cap allows."""
    most = problem.cap * (1 + TOLERANCE)
    fitting = [d for d in range(1, LONGEST + 1) if _count(problem.target, d) <= most]
    if not fitting:
        raise TooFewNumbers(
            f"embeddings of one number and biases take {_count(problem.target, 1)} numbers, more "
            f"than the cap of {problem.cap}"
        )
    return Static(problem, max(fitting))


class Static(nn.Module):
    """Tiles from embeddings, biases as they are.

    Args:
        problem: whose target it gives.
        size: numbers in an embedding, d.
    """

    def __init__(self, problem: HypernetProblem, size: int) -> None:
        super().__init__()
        self.target, draws = problem.target, problem.generator
        self.alone = size % 4 > 0  # rows of such a size don't all start on 16 bytes in a stack

        def normal(*shape: int, variance: float) -> nn.Parameter:
            return nn.Parameter(torch.randn(*shape, generator=draws) * math.sqrt(variance))

        self.embeddings = nn.ParameterList(
            normal(_tiles(out, before), size, variance=2 / before)
            for out, before in _matrices(self.target)
        )
        self.first = normal(size, INPUTS * size, variance=1 / size)
        self.first_bias = nn.Parameter(torch.zeros(INPUTS * size))
        self.second = normal(size, OUTPUTS, variance=1 / size)
        self.second_bias = nn.Parameter(torch.zeros(OUTPUTS))
        self.biases = nn.ParameterList(torch.zeros(out) for out, _ in _matrices(self.target))

    def forward(self, conditions: Tensor) -> dict[str, Tensor]:
        """Shape (n, 0) -> parameter name -> (n, *shape), the same n times."""
        n, theta = len(conditions), {}
        layers = zip(_matrices(self.target), self.embeddings, self.biases, strict=True)
        for i, ((out, before), embeddings, bias) in enumerate(layers):
            hidden = embeddings @ self.first + self.first_bias
            tiles = hidden.view(-1, self.second.shape[0]) @ self.second + self.second_bias
            down, across = -(-out // OUTPUTS), -(-before // INPUTS)
            grid = tiles.view(down, across * INPUTS, OUTPUTS).transpose(1, 2)
            weight = grid.reshape(down * OUTPUTS, across * INPUTS)[:out, :before]
            theta[f"layers.{i}.weight"] = weight.contiguous().expand(n, -1, -1)
            theta[f"layers.{i}.bias"] = bias.expand(n, -1)
        return theta


def _matrices(target: Target) -> list[tuple[int, int]]:
    """Outputs and inputs of each layer."""
    return [(shape[0], shape[1]) for shape in target.shapes.values() if len(shape) == 2]


def _tiles(outputs: int, inputs: int) -> int:
    """How many tiles cover a matrix."""
    return -(-outputs // OUTPUTS) * -(-inputs // INPUTS)


def _count(target: Target, size: int) -> int:
    """Trainable numbers with embeddings of that size."""
    tiles = sum(_tiles(*matrix) for matrix in _matrices(target))
    generator = (size + 1) * INPUTS * size + (size + 1) * OUTPUTS
    return tiles * size + generator + sum(out for out, _ in _matrices(target))
