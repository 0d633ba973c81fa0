"""Changes of low rank to a target's weight matrices: sizes, cutting, adding.

Here: which rank a cap allows, and theta_0 + B A from flat vectors of factors. Not here: where the
factors come from (methods/hypernet/lowrank.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from suites.hypernet.layers import plain_count
from suites.hypernet.problem import TOLERANCE, HypernetProblem, TooFewNumbers
from suites.hypernet.target import Target


@dataclass(frozen=True)
class Ranks:
    """Factors B (out, rank) and A (rank, in) of each weight matrix.

    Attributes:
        target: whose matrices they change.
        rank: of each, at most the matrix's full one.
        biases: whether the biases change too.
    """

    target: Target
    rank: int
    biases: bool = True

    @property
    def matrices(self) -> list[tuple[str, int, int, int]]:
        """Name, outputs, inputs and rank of each weight matrix."""
        shapes = {n: s for n, s in self.target.shapes.items() if len(s) == 2}
        return [(n, s[0], s[1], min(self.rank, *s)) for n, s in shapes.items()]

    @property
    def right(self) -> int:
        """Numbers in all A."""
        return sum(rank * inputs for _, _, inputs, rank in self.matrices)

    @property
    def left(self) -> int:
        """Numbers in all B, and in the changes of the biases."""
        biases = sum(outputs for _, outputs, _, _ in self.matrices) if self.biases else 0
        return biases + sum(rank * outputs for _, outputs, _, rank in self.matrices)

    def start(self, generator: Generator) -> Tensor:
        """All A at the start, uniform in +-1 / sqrt(fan-in), one flat vector."""
        return torch.cat(
            [
                (2 * torch.rand(rank * inputs, generator=generator) - 1) / math.sqrt(inputs)
                for _, _, inputs, rank in self.matrices
            ]
        )

    def add(self, initial: Tensor, right: Tensor, left: Tensor) -> dict[str, Tensor]:
        """theta_0 + B A.

        Args:
            initial: theta_0, shape (weights,).
            right, left: all A, and all B and biases, shape (n, numbers).
        Returns:
            Parameter name -> (n, *shape).
        """
        n = len(right)
        theta = self.target.split(initial.expand(n, -1))
        a, b = 0, 0
        for name, outputs, inputs, rank in self.matrices:
            # Clones lie on memory of their own, so that a stack's products sum as one alone does.
            first = right[:, a : a + rank * inputs].clone().view(n, rank, inputs)
            second = left[:, b : b + rank * outputs].clone().view(n, outputs, rank)
            theta[name] = theta[name] + second @ first
            a, b = a + rank * inputs, b + rank * outputs
            if self.biases:
                bias = name.replace("weight", "bias")
                theta[bias] = theta[bias] + left[:, b : b + outputs]
                b += outputs
        return theta


def choose_ranks(problem: HypernetProblem) -> Ranks:
    """The highest rank whose numbers are within the cap, with biases where there is room.

    Raises:
        TooFewNumbers: rank 1 takes more.
    """
    most = problem.cap * (1 + TOLERANCE)
    target = problem.target
    full = max(min(shape) for shape in target.shapes.values() if len(shape) == 2)
    choices = [Ranks(target, rank) for rank in range(full, 0, -1)] + [Ranks(target, 1, False)]
    for ranks in choices:
        if _count(problem, ranks) <= most:
            return ranks
    raise TooFewNumbers(
        f"factors of rank 1 take {_count(problem, choices[-1])} numbers, more than the cap of "
        f"{problem.cap}"
    )


def _count(problem: HypernetProblem, ranks: Ranks) -> int:
    """Trainable numbers: of the factors, or of what generates them and theta_0."""
    numbers = ranks.right + ranks.left
    if not problem.conditions.size:
        return numbers
    generator = plain_count(problem.conditions.size, problem.hidden, numbers)
    return generator + problem.target.weights
