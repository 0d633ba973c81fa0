"""What hypernetworks are built from: hidden layers, a head, initialisations, encodings.

Here: the plain hypernetwork as a module whose pieces a method replaces or initialises, in
operators whose digits don't depend on how many networks `vmap` stacks. Not here: the target
(suites.hypernet.target), whole methods (methods/hypernet).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from suites.common.networks import LayerNorm, Linear
from suites.hypernet.problem import TOLERANCE, HypernetProblem
from suites.hypernet.target import Target

GAIN = math.sqrt(2 / (1 + 0.01**2))
"""Kaiming's gain of LeakyReLU with slope .01."""

Encoding = Callable[[Tensor], Tensor]


def plain(conditions: Tensor) -> Tensor:
    """The condition as it is, (n, size) -> (n, size)."""
    return conditions


def cosine_sine(conditions: Tensor) -> Tensor:
    """[cos(pi c / 2), sin(pi c / 2)] of each number c in [0, 1]: (n, size) -> (n, 2 size).

    Its norm is constant. Source: MIP, https://arxiv.org/abs/2304.07645, input encoding.
    """
    angle = conditions * (math.pi / 2)
    return torch.cat([angle.cos(), angle.sin()], dim=-1)


def complement(conditions: Tensor) -> Tensor:
    """[c, 1 - c] of each number c: (n, size) -> (n, 2 size). Its 1-norm is constant in [0, 1]."""
    return torch.cat([conditions, 1 - conditions], dim=-1)


def with_one(conditions: Tensor) -> Tensor:
    """[c, 1]: the condition and one number that is always 1, (n, size) -> (n, size + 1)."""
    return torch.cat([conditions, torch.ones_like(conditions[:, :1])], dim=-1)


def over_norm(conditions: Tensor) -> Tensor:
    """The condition over its Euclidean norm, (n, size) -> the same; 0 stays 0."""
    norm = conditions.square().sum(-1, keepdim=True).sqrt()
    return conditions / norm.clamp(min=1e-6)


class Hidden(nn.Module):
    """Hidden layers of a hypernetwork with LeakyReLU, `layers.{i}`.

    Args:
        widths: inputs and hidden layers.
        normalised: whether LayerNorm, `norms.{i}`, stands before each LeakyReLU.
        linear: what makes a layer.
    """

    def __init__(
        self,
        widths: Sequence[int],
        *,
        normalised: bool = False,
        linear: Callable[[int, int], nn.Linear] = Linear,
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(linear(a, b) for a, b in pairwise(widths))
        self.norms = nn.ModuleList(LayerNorm(b) for b in widths[1:] if normalised)

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, widths[0]) -> (n, widths[-1])."""
        for i, layer in enumerate(self.layers):
            x = layer(x)
            x = F.leaky_relu(self.norms[i](x) if self.norms else x)
        return x


class SpectralLinear(Linear):
    """A layer whose weight is divided by its largest singular value.

    The singular value is exact: the root of the largest eigenvalue of the smaller Gram matrix.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Shape (..., in) -> (..., out)."""
        rows = input.reshape(-1, input.shape[-1])
        weight = self.weight / largest_singular(self.weight)
        return (rows @ weight.mT + self.bias).view(*input.shape[:-1], self.out_features)


def largest_singular(matrix: Tensor) -> Tensor:
    """The largest singular value of a matrix, a scalar; at least 1e-6."""
    rows, columns = matrix.shape[-2:]
    if 1 in (rows, columns):
        return matrix.square().sum().clamp(min=1e-12).sqrt()
    # The smaller side; a Gram matrix of other than 4 k numbers would have other digits in a stack.
    wide = rows < columns or columns % 4 > 0
    gram = matrix @ matrix.mT if wide else matrix.mT @ matrix
    return torch.linalg.eigvalsh(gram)[-1].clamp(min=1e-12).sqrt()


class Plain(nn.Module):
    """Condition, encoding, hidden layers, one head for all of the target's parameters.

    Args:
        target: whose parameters it gives.
        size: numbers in a condition.
        widths: its hidden layers.
        encode: applied to conditions.
        encoded: numbers in an encoded condition; by default `size`.
        normalised, linear: of its layers, see `Hidden`.
        scaled: whether the head's numbers are brought to the target's scale by `fan_in_scaled`.
    """

    clip: float
    """Set by a method that wants clipped gradients, see problem.HypernetProblem."""

    def __init__(
        self,
        target: Target,
        size: int,
        widths: Sequence[int],
        *,
        encode: Encoding = plain,
        encoded: int | None = None,
        normalised: bool = False,
        linear: Callable[[int, int], nn.Linear] = Linear,
        scaled: bool = False,
    ) -> None:
        super().__init__()
        self.target, self.encode, self.scaled = target, encode, scaled
        inputs = size if encoded is None else encoded
        self.hidden = Hidden((inputs, *widths), normalised=normalised, linear=linear)
        self.head = linear(widths[-1], target.weights)

    def forward(self, conditions: Tensor) -> dict[str, Tensor]:
        """Shape (n, size) -> parameter name -> (n, *shape)."""
        theta = self.target.split(self.head(self.hidden(self.encode(conditions))))
        return fan_in_scaled(self.target, theta) if self.scaled else theta


def fan_in_scaled(target: Target, theta: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights times sqrt(2 / fan-in), biases tanh(.2 b): numbers of variance 1 become a target's.

    Source: Knyazev, Hwang and Lacoste-Julien, "Can We Scale Transformers to Predict Parameters of
    Diverse ImageNet Models?" (2023), https://arxiv.org/abs/2303.04143: normalisation of predicted
    parameters.
    """
    return {
        name: (0.2 * tensor).tanh()
        if name.endswith("bias")
        else tensor * math.sqrt(2 / target.fan_in(name))
        for name, tensor in theta.items()
    }


def plain_count(size: int, widths: Sequence[int], weights: int) -> int:
    """Trainable numbers of `Plain`."""
    return sum((a + 1) * b for a, b in pairwise((size, *widths, weights)))


def fitting(problem: HypernetProblem, encoded: int, more: int = 0) -> tuple[int, ...]:
    """The plain hypernetwork's hidden widths, the first cut where a longer input exceeds the cap.

    Widths are multiples of four, as else trainings aren't stacked.

    Args:
        problem: whose cap is kept.
        encoded: numbers in an encoded condition.
        more: trainable numbers beside the plain hypernetwork's.
    """
    first, *others = problem.hidden

    def count(width: int) -> int:
        return plain_count(encoded, (width, *others), problem.target.weights) + more

    if count(first) <= problem.cap * (1 + TOLERANCE):
        return problem.hidden
    widths = range(4, first, 4)
    within = [width for width in widths if count(width) <= problem.cap * (1 + TOLERANCE)]
    return (max(within, default=4), *others)


@torch.no_grad()
def initialise_torch(module: nn.Module, generator: Generator) -> None:
    """torch's own initialisation of Linear layers: weights and biases U(-1, 1) / sqrt(fan-in)."""
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            bound = 1 / math.sqrt(layer.in_features)
            layer.weight.uniform_(-bound, bound, generator=generator)
            layer.bias.uniform_(-bound, bound, generator=generator)


@torch.no_grad()
def initialise_fan_out(module: Plain, generator: Generator) -> None:
    """Kaiming normal by fan-out with LeakyReLU's gain, biases 0; the head slice by slice.

    A slice is what gives one parameter of the target; its fan-out is how many numbers that has.
    """
    for layer in module.hidden.layers:
        assert isinstance(layer, nn.Linear)
        layer.weight.normal_(0, GAIN / math.sqrt(layer.out_features), generator=generator)
        layer.bias.zero_()
    module.head.bias.zero_()
    for piece in module.head.weight.split(module.target.sizes):
        piece.normal_(0, GAIN / math.sqrt(len(piece)), generator=generator)


@torch.no_grad()
def add_initial(module: Plain, generator: Generator) -> None:
    """theta = theta_0 + h(condition): the head's bias starts as the target's own initialisation."""
    module.head.bias.copy_(module.target.initial(generator))


@torch.no_grad()
def initialise_hyperfan(
    module: Plain, mean_square: float, generator: Generator, *, mode: str
) -> None:
    """Hidden layers Kaiming normal by fan-in; the head such that the target's weights have the
    variance of Kaiming by fan-in (`in`) or by fan-out (`out`). All biases are 0.

    A head's variance is divided by the mean square of what it reads. Kaiming's hidden layers keep
    that of the condition.

    With d_k inputs of the head, d_j and d_i inputs and outputs of the target's layer:
        in:  weights 2 / (2 d_j d_k Var), biases 2 / (2 d_k Var): each gives half of the layer's
        out: weights 2 / (d_i d_k Var), biases max(0, 2 (1 - d_j / d_i) / (d_k Var))

    Source: Chang, Flokas and Lipson, "Principled Weight Initialization for Hypernetworks" (ICLR
    2020), table 1, with ReLU and biases in the target; https://arxiv.org/abs/2312.08399.

    Args:
        mean_square: of the condition's numbers, the paper's Var: theirs have mean 0.
        mode: `in` or `out`.
    """
    for layer in module.hidden.layers:
        assert isinstance(layer, nn.Linear)
        layer.weight.normal_(0, GAIN / math.sqrt(layer.in_features), generator=generator)
        layer.bias.zero_()
    module.head.bias.zero_()
    pieces = module.head.weight.split(module.target.sizes)
    for name, piece in zip(module.target.shapes, pieces, strict=True):
        share = _hyperfan(module.target, name, mode)
        deviation = math.sqrt(share / (piece.shape[1] * mean_square))
        piece.normal_(0, deviation, generator=generator)


def _hyperfan(target: Target, name: str, mode: str) -> float:
    """The variance that a generated parameter should have."""
    fan_in, fan_out = target.fan_in(name), target.shapes[name][0]
    if name.endswith("bias"):
        return 1.0 if mode == "in" else max(0.0, 2 * (1 - fan_in / fan_out))
    return 1 / fan_in if mode == "in" else 2 / fan_out
