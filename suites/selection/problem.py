"""What a method that chooses is given: a pool, and how many examples to choose of it.

A method returns a Chosen: for each size that is asked for so many different numbers of the pool,
with weights or without, and a score for each example if it has one. Whatever costs is reached
through the problem, which charges it: the suite's own loops by what one step takes, all else that a
method computes with torch operator by operator. Not here: the other track's problem
(suites.selection.distill.problem), running and scoring (suites.selection.harness).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Generator, Tensor

from bench.contract.job import ContractError, Output
from bench.metering.meter import Meter, MethodMeter
from suites.common.needs import require
from suites.selection.networks import Network
from suites.selection.passes import BACKWARD, FORWARD, JVP, Passes
from suites.selection.training import (
    Examples,
    Recipe,
    batch_loss,
    in_batches,
    outputs,
    steps_of,
    train,
)

__all__ = ["Chosen", "Course", "Early", "Examples", "Reference", "SelectionProblem", "Subset"]

Subset = Tensor | tuple[Tensor, Tensor]
"""Different numbers of the pool, int64 (k,); or these and the weight of each, (k,), positive."""


@dataclass(frozen=True)
class Chosen:
    """What a method chose.

    Attributes:
        subsets: a subset for each of `problem.sizes`.
        scores: how suspect each example of the pool is (hard, mislabelled, odd), higher for more,
            shape (n,); None where the method declares the need `subset_only`.
    """

    subsets: Mapping[int, Subset]
    scores: Tensor | None = None


@dataclass(frozen=True)
class Early:
    """What ten networks say of the pool after two epochs on it.

    Attributes:
        logits: shape (10, n, classes).
        feature_norms: |phi|, shape (10, n).
    """

    logits: Tensor
    feature_norms: Tensor


@dataclass(frozen=True)
class Course:
    """A network's ten epochs on the pool.

    Attributes:
        logits: after each epoch, of all the pool, shape (10, n, classes).
        weights: after each epoch, shape (10, size).
        features: phi after the last, shape (n, d).
        start: the weights that it began with, shape (size,).
    """

    logits: Tensor
    weights: Tensor
    features: Tensor
    start: Tensor


@dataclass(frozen=True)
class Reference:
    """A network that was trained on the validation set, and so on right labels alone.

    Attributes:
        weights: shape (size,).
        start: what it began with: the start of `course` too, shape (size,).
    """

    weights: Tensor
    start: Tensor


@dataclass
class SelectionProblem:
    """A task as a method sees it.

    Attributes:
        count: how many examples the pool has, n.
        sizes: how many to choose, ascending; each is asked for at once.
        classes: how many; 0 where the pool has no labels.
        generator: the only source of a method's draws.
        network, recipe: of the suite's evaluator; None without images.
        needs: what the method declared; None for references.
    """

    count: int
    sizes: Sequence[int]
    classes: int
    generator: Generator
    needs: tuple[str, ...] | None
    _meter: Meter
    _passes: Passes
    _given: Mapping[str, Output]
    _network: Network | None = None
    _recipe: Recipe | None = None
    padded: dict[int, int] = field(default_factory=dict)
    _paid: set[str] = field(default_factory=set)

    @property
    def meter(self) -> MethodMeter:
        """For work that isn't torch's: `problem.meter.charge(flops, what)`."""
        return self._meter.handle()

    # --- the pool ------------------------------------------------------------------------------

    @property
    def images(self) -> Tensor:
        """The pool's, shape (n, channels, side, side)."""
        return self._tensor("images", "pool", "images", "the images")

    @property
    def labels(self) -> Tensor:
        """The pool's as they were given, int64, shape (n,)."""
        return self._tensor("labels", "pool", "labels", "the labels")

    @property
    def validation(self) -> Examples:
        """Images and right labels of the same kind as the test's."""
        images = self._tensor("validation", "validation", "images", "the validation set")
        return Examples(images, self._given["validation"].tensors["labels"])

    @property
    def target(self) -> Tensor:
        """Images without labels of what the choice is for, shape (m, channels, side, side)."""
        return self._tensor("target", "target", "images", "the target")

    @property
    def tokens(self) -> list[list[str]]:
        """The pool's examples as words; an image's are the codes of its patches."""
        return self._words("tokens", "pool")

    @property
    def target_tokens(self) -> list[list[str]]:
        """The target's examples as words."""
        require("target", self.needs, "the target")
        return self._words("tokens", "target")

    # --- what was computed of it, paid for when it is first asked for ----------------------------

    @property
    def early(self) -> Early:
        """Ten networks after two epochs on the pool."""
        tensors = self._bought("early")
        return Early(tensors["logits"], tensors["feature_norms"])

    @property
    def course(self) -> Course:
        """A network's ten epochs on the pool."""
        tensors = self._bought("course")
        return Course(
            **{name: tensors[name] for name in ("logits", "weights", "features", "start")}
        )

    @property
    def reference(self) -> Reference:
        """A network that was trained on the validation set alone."""
        tensors = self._bought("reference")
        return Reference(tensors["weights"], tensors["start"])

    # --- the evaluator's network -----------------------------------------------------------------

    @property
    def network(self) -> Network:
        """The evaluator's, as functions of a weight vector; what is called on it is metered."""
        require("images", self.needs, "the network")
        assert self._network is not None
        return self._network

    @property
    def recipe(self) -> Recipe:
        """How the evaluator trains."""
        require("images", self.needs, "the recipe")
        assert self._recipe is not None
        return self._recipe

    def train(
        self,
        examples: Examples,
        epochs: float,
        *,
        start: Tensor | None = None,
        recipe: Recipe | None = None,
        each: Callable[[int, Tensor], None] | None = None,
    ) -> Tensor:
        """Weights after some epochs on examples, shape (size,), at 3 passes' cost an example.

        Args:
            start: weights to begin with; by default drawn.
            recipe: by default the evaluator's.
            each: told the number of steps done, from 1, and the weights; clone them to keep them.
        Raises:
            BudgetExceeded: the budget doesn't hold a step.
        """
        network, recipe = self.network, recipe or self.recipe
        start = network.start(self.generator) if start is None else start
        steps = steps_of(epochs * len(examples), len(examples), recipe.batch)
        return train(
            network, start, examples, recipe, steps, self.generator, self._passes, each=each
        )

    def outputs(self, weights: Tensor, images: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits (n, classes) and features (n, d) of images, by default the pool's, no gradients.

        Raises:
            BudgetExceeded: the budget doesn't hold it.
        """
        images = self.images if images is None else images
        return outputs(self.network, weights, images, self._passes)

    def gradient(self, weights: Tensor, examples: Examples) -> Tensor:
        """Of the mean loss of all the examples at once, by all weights, shape (size,).

        Raises:
            BudgetExceeded: the budget doesn't hold it.
        """
        network, total = self.network, torch.zeros(len(weights))
        for rows in in_batches(len(examples)):
            batch = examples.rows(torch.arange(rows.start, rows.stop))

            def work(batch: Examples = batch) -> Tensor:
                leaf = weights.detach().requires_grad_()
                loss = batch_loss(network.logits(leaf, batch.images), batch)
                return torch.autograd.grad(loss, leaf)[0]

            counts = {FORWARD: len(batch), BACKWARD: len(batch)}
            shape = ("gradient", batch.weights is None, *batch.images.shape)
            total += self._passes.repeated(shape, counts, work) * (len(batch) / len(examples))
        return total

    def along(self, weights: Tensor, direction: Tensor, examples: Examples) -> Tensor:
        """The derivative of each example's loss along a direction of weights, shape (n,).

        One forward-mode pass: no example's gradient is ever held.

        Args:
            direction: shape (size,).
        Raises:
            BudgetExceeded: the budget doesn't hold it.
        """
        network, parts = self.network, []
        for rows in in_batches(len(examples)):
            batch = examples.rows(torch.arange(rows.start, rows.stop))

            def work(batch: Examples = batch) -> Tensor:
                def losses(at: Tensor) -> Tensor:
                    logits = network.logits(at, batch.images)
                    return torch.nn.functional.cross_entropy(
                        logits, batch.targets, reduction="none"
                    )

                return torch.func.jvp(losses, (weights,), (direction,))[1]

            counts = {FORWARD: len(batch), JVP: len(batch)}
            parts.append(self._passes.repeated(("along", *batch.images.shape), counts, work))
        return torch.cat(parts)

    # --- helping to return a set -----------------------------------------------------------------

    def fill(self, numbers: Tensor, size: int) -> Tensor:
        """At most `size` of the numbers, in their order, and random others where they are fewer.

        What was added is told beside the run: a method that fills is in part a random one.

        Args:
            numbers: different ones of the pool, int64.
        """
        numbers = numbers[:size]
        lacking = size - len(numbers)
        self.padded[size] = lacking
        if not lacking:
            return numbers
        free = torch.ones(self.count, dtype=torch.bool)
        free[numbers] = False
        others = free.nonzero()[:, 0]
        drawn = others[torch.randperm(len(others), generator=self.generator)[:lacking]]
        return torch.cat([numbers, drawn])

    # --- inside ----------------------------------------------------------------------------------

    def handed(self) -> dict[str, Tensor]:
        """All tensors that a method can get at, by name."""
        return {
            f"{asset}.{name}": tensor
            for asset, output in self._given.items()
            for name, tensor in output.tensors.items()
        }

    def _tensor(self, need: str, asset: str, name: str, what: str) -> Tensor:
        require(need, self.needs, what)
        if asset not in self._given or name not in self._given[asset].tensors:
            raise ContractError(f"this task has no {what.removeprefix('the ')}")
        return self._given[asset].tensors[name]

    def _words(self, need: str, asset: str) -> list[list[str]]:
        require(need, self.needs, "the words")
        words = self._given[asset].data["tokens"]
        return [text.split(" ") for text in words]

    def _bought(self, name: str) -> Mapping[str, Tensor]:
        """An asset's tensors; what making it cost is spent once."""
        require(name, self.needs, f"`{name}`")
        asset = self._given[name]
        if name not in self._paid:
            for counter, amount in asset.data["cost"].items():
                self._meter.spend(counter, amount, f"`{name}`")
            self._paid.add(name)
        return asset.tensors
