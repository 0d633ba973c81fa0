"""What zero-cost proxies look at: networks before any training, one batch, and what passes through.

Each architecture's weights are drawn for it alone, by its digits and by one seed of the run, so
that a proxy answers alike in whatever order it is asked. Two rows that stand for the same network
have weights of their own all the same, as in the released code of these proxies, so that a proxy
which hangs on its draws tells them apart; the lists hold one row of each network.
Here: weights and draws of untrained architectures, one batch, the values that meet each ReLU and
that each convolution gives. Not here: what a proxy makes of them (methods/supernet, and
suites.supernet.saliency for those that several share).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor
from torch.overrides import TorchFunctionMode

from bench.contract.job import seed_of
from suites.supernet.network import TAIL, Network, batch_statistics
from suites.supernet.overlay import Examples
from suites.supernet.problem import Rows, Scorer, SupernetProblem
from suites.supernet.spaces.space import digits


@dataclass(frozen=True)
class Untrained:
    """A space's architectures before training.

    Attributes:
        network: the space's.
        seed: drawn once a call of the method.
    """

    network: Network
    seed: int

    def generator(self, row: Any) -> Generator:
        """Of all draws for one architecture; the same draws whenever it is asked for."""
        return Generator().manual_seed(seed_of("untrained", str(self.seed), digits(row)))

    def weights(self, row: Any) -> dict[str, Tensor]:
        """Its own weights, drawn as for its own training (suites.supernet.network)."""
        return self.network.weights(self.generator(row), row)


def untrained(problem: SupernetProblem) -> Untrained:
    """The problem's architectures, with a seed of the method's own."""
    seed = int(torch.randint(2**62, (), generator=problem.generator))
    return Untrained(problem.network, seed)


def one_batch(problem: SupernetProblem, size: int) -> Examples:
    """Training images that all architectures share, drawn without replacement.

    Args:
        size: how many; all there are, where there are fewer.
    """
    examples = problem.training
    rows = torch.randperm(len(examples), generator=problem.generator)[:size]
    return Examples(examples.images[rows], examples.labels[rows])


def each(score: Callable[[Any], float]) -> Scorer:
    """A scorer that gives each architecture its own number."""

    def scorer(architectures: Rows) -> object:
        return np.array([score(row) for row in architectures], dtype=np.float64)

    return scorer


class ReluInputs(TorchFunctionMode):
    """Keeps what comes to each ReLU while it is entered, in the order in which they run.

    A map that several edges of a cell read passes a ReLU in each of them, and counts as often.
    """

    def __init__(self) -> None:
        super().__init__()
        self.values: list[Tensor] = []

    def __torch_function__(
        self,
        function: Any,
        types: Iterable[type],
        arguments: tuple[Any, ...] = (),
        keywords: Mapping[str, Any] | None = None,
    ) -> Any:
        if function is torch.Tensor.relu:
            self.values.append(arguments[0])
        return function(*arguments, **(keywords or {}))


@dataclass
class BeforeNormalising:
    """Stands in BatchNorm's place, normalises by the batch, and keeps what came, by its name."""

    values: dict[str, Tensor] = field(default_factory=dict)

    def __call__(self, name: str, x: Tensor) -> Tensor:
        self.values[name] = x
        return batch_statistics(name, x)

    @property
    def convolved(self) -> list[Tensor]:
        """What each convolution gave; the last BatchNorm normalises a sum, not a convolution."""
        return [x for name, x in self.values.items() if name != TAIL]
