"""What a supernet method is given: a space, a list to rank, images, and a budget in passes.

A method returns a scorer: `scorer(architectures) -> scores`, int8 (n, places) to float64 (n,),
higher for what is thought better. Training and evaluation go through the problem, which charges
them by a table of FLOPs: the dispatch meter takes as long as a step of these networks. Whatever
else a method or its scorer computes with torch is metered as it runs.
Not here: the loop that most supernets share (suites.supernet.training), running and asking
(suites.supernet.harness).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Generator, Tensor
from torch._C import DisableTorchFunction
from torch.utils._python_dispatch import _disable_current_modes

from bench.contract.job import ContractError
from bench.metering.meter import Meter, MethodMeter
from suites.common.needs import require
from suites.supernet.cifar import crop_and_flip
from suites.supernet.network import Architecture, Network, Normalise, Weights, batch_statistics
from suites.supernet.normalisation import RunningStatistics
from suites.supernet.optimiser import Updates
from suites.supernet.overlay import Examples
from suites.supernet.spaces.space import Rows, Space

__all__ = ["Rows", "Scorer", "Step", "SupernetProblem"]

Scorer = Callable[[Rows], Any]
"""What a method returns: from architectures, int8 (n, places), to float64 (n,), higher is better.
It must answer alike whenever, in whatever order and beside whichever others it is asked."""

BATCH = 1000
"""Validation images whose statistics normalise each other, as in the ground truth."""

UPDATE_FLOPS = 14
"""Of an update of AdamW or SGD, for each weight that has a gradient: moments, decay, step."""

ALL = slice(None)
"""All training images."""


@dataclass(frozen=True)
class Step:
    """One architecture's pass over a batch.

    Attributes:
        gradients: of the mean loss, for the weights that the architecture uses.
        loss: the mean loss.
        logits: shape (images, classes).
    """

    gradients: dict[str, Tensor]
    loss: float
    logits: Tensor


@dataclass
class SupernetProblem:
    """A task as a method sees it, for one budget.

    Attributes:
        space: its places and choices, without any weights.
        architectures: all that will be ranked, int8 (n, places). Not to be written to.
        passes: the budget: forward and backward passes of the mean architecture on a batch.
        generator: the only source of a method's draws; `random` is one of numpy's kind.
        updates: how network weights are trained in this tier.
        needs: what the method declared.
    """

    space: Space
    architectures: Rows
    passes: float
    generator: Generator
    updates: Updates
    needs: tuple[str, ...]
    _meter: Meter
    _pass_flops: float
    _network: Network | None = None
    _training: Examples | None = None
    _validation: Examples | None = None
    _facts: Mapping[str, Mapping[bytes, float]] = field(default_factory=dict)
    _pool: Rows | None = None
    _labels: NDArray[np.float64] | None = None
    _label_passes: float = 0.0
    _spent_before: float = 0.0
    _costs: dict[bytes, float] = field(default_factory=dict)

    # --- what is counted -----------------------------------------------------------------------

    @property
    def meter(self) -> MethodMeter:
        """For work that isn't torch's: `problem.meter.charge(flops, what)`."""
        return self._meter.handle()

    @property
    def progress(self) -> float:
        """The share of the budget that is spent, 0 to 1."""
        return (self._meter.flops - self._spent_before) / (self.passes * self._pass_flops)

    def cost(self, architecture: Architecture) -> float:
        """Passes that a step of an architecture on a batch takes, with an update of its weights."""
        row = as_rows(architecture).tobytes()
        if row not in self._costs:
            network = self.network
            sizes = {name: prod(shape) for name, shape in network.shapes().items()}
            weights = sum(sizes[name] for name in network.used(architecture))
            flops = network.step_flops(architecture, self.updates.batch) + UPDATE_FLOPS * weights
            self._costs[row] = flops / self._pass_flops
        return self._costs[row]

    def as_passes(self, flops: float) -> float:
        """So many FLOPs, in passes."""
        return flops / self._pass_flops

    def affords(self, passes: float, upto: float = 1.0) -> bool:
        """Whether so many passes fit into what is left of that share of the budget."""
        return self.progress + passes / self.passes <= upto

    # --- what is known without training --------------------------------------------------------

    def facts(self, name: str, architectures: Rows) -> NDArray[np.float64]:
        """What is counted of architectures, shape (n,).

        Args:
            name: `parameters`; where the task has them `flops` (need `flops`), `latency` (in
                seconds, need `latency`), `depth3` and `chain` (need `structure`),
                `late_pooling` (need `pooling`).
            architectures: of the list, or of the pool of labels.
        Raises:
            ContractError: the method didn't declare the need.
        """
        if name != "parameters":
            need = {"depth3": "structure", "chain": "structure", "late_pooling": "pooling"}
            require(need.get(name, name), self.needs, f"facts({name!r})")
        known = self._facts[name]
        try:
            values = [known[row.tobytes()] for row in as_rows(architectures)]
        except KeyError:
            raise ContractError(
                "facts are known of the architectures that are ranked and of the pool alone; ask "
                "for those of problem.architectures"
            ) from None
        return np.array(values, dtype=np.float64)

    @property
    def random(self) -> np.random.Generator:
        """numpy's generator, seeded by the next draw of `generator`."""
        seed = int(torch.randint(2**62, (), generator=self.generator))
        return np.random.default_rng(seed)

    # --- labels ---------------------------------------------------------------------------------

    @property
    def pool(self) -> Rows:
        """The architectures whose labels can be bought; none of them is ranked."""
        require("labels", self.needs, "the pool")
        assert self._pool is not None
        return self._pool

    @property
    def label_cost(self) -> float:
        """Passes that one label takes: a training alone."""
        return self._label_passes

    def label(self, index: int) -> float:
        """Validation accuracy of the pool's architecture `index`, trained alone from one seed.

        Raises:
            BudgetExceeded: the budget doesn't hold another training.
        """
        require("labels", self.needs, "a label")
        assert self._labels is not None
        self._meter.spend("labels", 1, "a label")
        self._meter.charge(self._label_passes * self._pass_flops, "a label")
        return float(self._labels[index])

    # --- images, and the network ---------------------------------------------------------------

    @property
    def network(self) -> Network:
        """The space's network."""
        require("images", self.needs, "the network")
        assert self._network is not None
        return self._network

    @property
    def training(self) -> Examples:
        """Images and labels to train on."""
        require("images", self.needs, "images")
        assert self._training is not None
        return self._training

    @property
    def validation(self) -> Examples:
        """Images and labels to score by."""
        require("images", self.needs, "images")
        assert self._validation is not None
        return self._validation

    def untangled(self) -> SupernetProblem:
        """The same problem and budget on a network whose choices share no weights."""
        return replace(self, _network=self.network.untangled(), _costs={})

    def batches(self, among: slice = ALL) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches without end: each epoch goes through the images in a new order.

        Args:
            among: a part of the training images; an epoch is of these alone.
        """
        examples, size = self.training, self.updates.batch
        numbers = torch.arange(len(examples))[among]
        while True:
            order = numbers[torch.randperm(len(numbers), generator=self.generator)]
            for rows in order.split(size):
                if len(rows) == size:
                    yield self.batch(rows)

    def batch(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """Some of the training images, cropped and flipped where the tier does, and their labels.

        Args:
            numbers: which, int64, shape (images,).
        """
        images = self.training.images[numbers]
        if self.updates.crops:
            images = crop_and_flip(images, self.generator)
        return images, self.training.labels[numbers]

    def step(
        self,
        weights: Weights,
        architecture: Architecture,
        images: Tensor,
        targets: Tensor,
        normalise: Normalise = batch_statistics,
    ) -> Step:
        """Forward and backward of one architecture on a batch.

        Args:
            weights: leaves by name; those off the path get no gradient.
            images: shape (images, channels, height, width).
            targets: classes (images,), or probabilities (images, classes).
        Raises:
            BudgetExceeded: the budget doesn't hold it.
        """
        network = self.network
        check_statistics(normalise)
        self._meter.charge(network.step_flops(architecture, len(images)), "a pass")
        with self.uncounted():
            leaves = {n: weights[n].detach().requires_grad_() for n in network.used(architecture)}
            logits = network.forward(leaves, architecture, images, normalise)
            loss = F.cross_entropy(logits, targets)
            gradients = torch.autograd.grad(loss, list(leaves.values()))
        return Step(dict(zip(leaves, gradients, strict=True)), loss.item(), logits.detach())

    @torch.no_grad()
    def forward(
        self,
        weights: Weights,
        architecture: Architecture,
        images: Tensor,
        normalise: Normalise = batch_statistics,
    ) -> Tensor:
        """Logits of one architecture, shape (images, classes), without gradients.

        Raises:
            BudgetExceeded: the budget doesn't hold it.
        """
        network = self.network
        check_statistics(normalise)
        self._meter.charge(network.flops(architecture, len(images)), "a forward pass")
        with self.uncounted():
            return network.forward(weights, architecture, images, normalise)

    def losses(
        self, weights: Weights, architectures: Rows, normalise: Normalise = batch_statistics
    ) -> NDArray[np.float64]:
        """Mean validation loss of each architecture with those weights, shape (n,)."""
        examples = self.validation
        batches = list(zip(examples.images.split(BATCH), examples.labels.split(BATCH), strict=True))
        losses = np.zeros(len(architectures))
        for number, row in enumerate(as_rows(architectures)):
            for images, labels in batches:
                logits = self.forward(weights, row, images, normalise)
                losses[number] += float(F.cross_entropy(logits, labels, reduction="sum"))
        return losses / len(examples)

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """For the suite's own loops, which charge what they do: the meter is away meanwhile.

        So is any mode of a method's own, whose work nobody would count.

        A meter that only looks away is called for each operator all the same, which takes a third
        of a step of these networks.
        """
        with self._meter.paused(), _disable_current_modes(), DisableTorchFunction():
            yield

    def charge_update(self, gradients: Mapping[str, Tensor]) -> None:
        """Charge an update of the weights that have gradients."""
        count = sum(gradient.numel() for gradient in gradients.values())
        self._meter.charge(UPDATE_FLOPS * count, "an update")


def check_statistics(normalise: Normalise) -> None:
    """Raise ContractError for what isn't the suite's own: it would run without being counted."""
    owner = getattr(normalise, "__self__", normalise)
    if normalise is not batch_statistics and type(owner) is not RunningStatistics:
        raise ContractError(
            "normalise is neither batch_statistics nor a RunningStatistics; call network.forward "
            "by yourself with statistics of your own: it is metered then"
        )


def as_rows(architectures: Any) -> Rows:
    """Architectures as int8 (n, places), each row's bytes in one piece."""
    return np.ascontiguousarray(architectures, dtype=np.int8)
