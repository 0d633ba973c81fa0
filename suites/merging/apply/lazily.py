"""States that are read when they are looked at.

Here: a checkpoint's tensors, or some rows of one, under the names of a state; half precision
becomes float32. Nothing is kept, so that a method has in memory what it holds itself, and reads a
tensor again when it asks again: from the system's cache, as a rule. Not here: how a file is read
(suites.merging.apply.checkpoints).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from torch import Tensor

from suites.merging.apply.checkpoints import Checkpoint
from suites.merging.given import HALF
from suites.merging.vectors import State

OBSERVED = ("running_mean", "running_var")
"""What a BatchNorm calls its buffers, in every network of torch's."""


class LazyState(Mapping[str, Tensor]):
    """Some of a checkpoint's tensors: each look at one reads it anew."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        portion: Mapping[str, slice | None],
        averaged: Sequence[Checkpoint] = (),
        note: Callable[[], None] = lambda: None,
    ) -> None:
        """Say what is to be read.

        Args:
            checkpoint: where from.
            portion: which tensors, and which of their rows; None for all.
            averaged: checkpoints whose mean stands for running statistics, as in the benchmark.
            note: is called before a tensor is read.
        """
        self._checkpoint, self._portion = checkpoint, portion
        self._averaged, self._note = averaged, note

    def __getitem__(self, name: str) -> Tensor:
        rows = self._portion[name]
        self._note()
        if self._averaged and is_observed(name):
            own = [read(checkpoint, name, rows) for checkpoint in self._averaged]
            return torch.stack([t.double() for t in own]).mean(0).to(own[0].dtype)
        return read(self._checkpoint, name, rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self._portion)

    def __len__(self) -> int:
        return len(self._portion)

    def copy(self) -> State:
        """All of it, in memory."""
        return dict(self)

    def __or__(self, other: Mapping[str, Tensor]) -> State:
        return {**self, **other}

    def __ror__(self, other: Mapping[str, Tensor]) -> State:
        return {**other, **self}


def read(checkpoint: Checkpoint, name: str, rows: slice | None = None) -> Tensor:
    """A tensor as it is computed with."""
    tensor = checkpoint.read(name, rows)
    return tensor.float() if tensor.dtype in HALF else tensor


def is_observed(name: str) -> bool:
    """Whether a tensor is a BatchNorm's running statistics, by its name."""
    return name.rpartition(".")[2] in OBSERVED
