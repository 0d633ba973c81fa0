"""What a hypernet method is given, and what it returns.

Here: the problem object, and the parts of a module that the suite looks for. A method builds one
module, whose `forward` maps conditions to the target's parameters; the suite owns the loop, the
streams of batches and conditions, the optimisers and the grid of learning rates. Not here:
training (suites.hypernet.training), where a task's data come from (suites.hypernet.course).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Generator, Tensor, nn

from suites.common.needs import require
from suites.hypernet.target import Target

TOLERANCE = 0.05
"""By what share of the cap a method may be above it."""


class TooFewNumbers(Exception):
    """A method can't be stored in so few numbers as the cap allows.

    It counts as a guess there, and as failed; the message says how few it can do.
    """


@dataclass(frozen=True)
class Conditions:
    """What the target's parameters depend on.

    Attributes:
        size: numbers in a condition; 0 where there is one target and nothing to depend on.
        low, high: the range of each number.
        meaning: in words.
    """

    size: int
    low: float
    high: float
    meaning: str


@dataclass(frozen=True)
class Support:
    """The form of a condition that is a few labelled examples.

    A condition holds ways x shots x features numbers: the examples class by class. With one shot
    the same example stands `shots` times.
    """

    ways: int
    shots: int
    features: int


@dataclass(frozen=True)
class Batch:
    """What one step of training is given; a module's own `loss` reads what it needs.

    Attributes:
        conditions: shape (n, size).
        inputs: shape (n, examples, features).
        labels: int64, shape (n, examples).
        masks: hidden units that are there, shape (n, widest hidden layer), or None.
        noise: uniform in [0, 1), shape (module.noise,), or None.
        progress: the share of this stage's steps that are done, a scalar tensor.
        stage: which task of a sequence is trained, from 0.
        memory: what the module's `keep` gave after earlier stages.
    """

    conditions: Tensor
    inputs: Tensor
    labels: Tensor
    masks: Tensor | None
    noise: Tensor | None
    progress: Tensor
    stage: int
    memory: Mapping[str, Tensor]


@dataclass(frozen=True)
class HypernetProblem:
    """A target to be generated, and the frame for it.

    A method returns an `nn.Module`:

        forward(conditions)           (n, size) -> parameter name -> (n, *shape)

    It may also have

        noise: int                    forward(conditions, noise) is then given so many numbers,
                                      uniform in [0, 1), new in every step
        clip: float                   gradients of a larger norm are scaled down to it
        loss(batch) -> scalar         instead of the cross-entropy of the target's logits
        keep(stage) -> dict           tensors kept after a stage of a sequence, for its `loss`
        logits(conditions, inputs, masks) -> (n, examples, classes)
                                      instead of the target's own; takes the need `support`
        alone: bool                   its networks are trained one by one, as in a stack they would
                                      give other digits

    All are recorded once and replayed, so they mustn't branch on values nor draw at random, and
    they are stacked by `torch.func.vmap`. A different condition for each sample of a batch is a
    batch of n conditions with one example each. A method that can't be stored in `cap` numbers
    raises TooFewNumbers.

    Attributes:
        target: the network whose parameters are wanted.
        conditions: what they depend on.
        hidden: the hidden layers of the plain hypernetwork that the cap was counted from.
        cap: trainable numbers, at most; TOLERANCE above it is tolerated.
        generator: the only source of the method's draws.
        stages: tasks that come one after the other; 1 where all come together.
        needs: what the method has declared.
    """

    target: Target
    conditions: Conditions
    hidden: tuple[int, ...]
    cap: int
    generator: Generator
    stages: int = 1
    needs: tuple[str, ...] = ()
    _support: Support | None = None
    _teacher: Mapping[str, Tensor] = field(default_factory=dict)
    _sizes: tuple[int, ...] = ()

    @property
    def support(self) -> Support:
        """The form of a condition that is a few labelled examples."""
        require("support", self.needs, "the form of the support set")
        assert self._support is not None
        return self._support

    @property
    def teacher(self) -> Mapping[str, Tensor]:
        """A trained target of the largest width in training: name -> (*shape)."""
        require("teacher", self.needs, "the trained teacher")
        return self._teacher

    @property
    def sizes(self) -> tuple[int, ...]:
        """The hidden widths that training asks for."""
        require("sizes", self.needs, "the widths of training")
        return self._sizes


def trainable(module: nn.Module) -> dict[str, Tensor]:
    """A module's trainable parameters by name."""
    return {n: p.detach() for n, p in module.named_parameters() if p.requires_grad}


def fixed(module: nn.Module) -> dict[str, Tensor]:
    """A module's buffers and parameters that aren't trained, by name."""
    kept = {n: p.detach() for n, p in module.named_parameters() if not p.requires_grad}
    return kept | dict(module.named_buffers())
