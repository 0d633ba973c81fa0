"""States that are read when they are looked at.

Here: a checkpoint's tensors, or some rows of one, under the names of a state; half precision
becomes float32. Nothing is kept, so that a method has in memory what it holds itself, and reads a
tensor again when it asks again: from the system's cache, as a rule. Where whole states are given,
even a tensor is read only when its numbers are wanted: methods ask for all shapes and types first.
Not here: how a file is read (suites.merging.apply.checkpoints).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

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
        late: bool = False,
        note: Callable[[], None] = lambda: None,
    ) -> None:
        """Say what is to be read.

        Args:
            checkpoint: where from.
            portion: which tensors, and which of their rows; None for all.
            averaged: checkpoints whose mean stands for running statistics, as in the benchmark.
            late: whether a tensor is read only when something is done with its numbers.
            note: is called before a tensor is read.
        """
        self._checkpoint, self._portion = checkpoint, portion
        self._averaged, self._late, self._note = averaged, late, note

    def __getitem__(self, name: str) -> Tensor:
        rows = self._portion[name]
        if self._late and rows is None:
            entry = self._checkpoint.entries[name]
            return Late(entry.shape, _computed(entry.dtype), lambda: self._read(name, rows))
        return self._read(name, rows)

    def _read(self, name: str, rows: slice | None) -> Tensor:
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
    return tensor.to(_computed(tensor.dtype))


def _computed(stored: torch.dtype) -> torch.dtype:
    """The type in which numbers of a stored type are computed with."""
    return torch.float32 if stored in HALF else stored


class Late(Tensor):
    """A tensor whose shape and type are known, and whose numbers are read when they are wanted.

    Once read they are kept as long as it is.
    """

    _load: Callable[[], Tensor]
    _numbers: Tensor | None

    @staticmethod
    def __new__(
        cls: type[Late], shape: tuple[int, ...], dtype: torch.dtype, load: Callable[[], Tensor]
    ) -> Late:
        """Say what it is, and how its numbers are read."""
        late: Late = Tensor._make_wrapper_subclass(cls, shape, dtype=dtype)
        late._load, late._numbers = load, None
        return late

    def __init__(self, *_: object) -> None:
        """Nothing more; torch's own would take other arguments."""

    # as torch's documentation has them; its stubs declare both as if they were instances' own
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> object:
        return func(*numbers(args), **{key: numbers(v) for key, v in (kwargs or {}).items()})

    def numpy(self, *args: Any, **kwargs: Any) -> Any:
        """Its numbers as numpy's. Like the next it is no operator, and has to be said."""
        return numbers(self).numpy(*args, **kwargs)

    def tolist(self) -> Any:
        """Its numbers as Python's."""
        return numbers(self).tolist()

    def data_ptr(self) -> int:
        """Where its numbers are."""
        return int(numbers(self).data_ptr())

    __array__ = numpy


def numbers(argument: Any) -> Any:
    """An operator's argument with tensors read in place of late ones."""
    if isinstance(argument, Late):
        if argument._numbers is None:
            argument._numbers = argument._load()
        return argument._numbers
    if isinstance(argument, (list, tuple)):
        return type(argument)(map(numbers, argument))
    return argument


def is_observed(name: str) -> bool:
    """Whether a tensor is a BatchNorm's running statistics, by its name."""
    return name.rpartition(".")[2] in OBSERVED
