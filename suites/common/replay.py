"""Records what a function does to tensors, and does it again without autograd and `vmap`.

Here: `record` runs a function once under a dispatch mode that notes each plain operator, and
writes them down as straight-line Python. For networks of some thousand weights, `vmap` and
autograd take longer than the operators; a replay takes the same operators in the same order, so
it gives the same digits. Views that are already there and results that nobody uses are left
out. Not here: what is recorded (suites.common.trainer).

What a recording can't follow: Python's branches and numbers are those of the first run, and a
tensor that the function reads but isn't given is kept as it was (as an object: writing into it
shows).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from bench.metering.compiler import load_compiler

load_compiler()  # before anything is recorded

Recording = Callable[..., list[Tensor]]
"""Called with as many tensors as the function was, of the same shapes; gives its results."""


def record(function: Callable[..., Sequence[Tensor]], inputs: Sequence[Tensor]) -> Recording:
    """Run the function on the inputs and return its recording.

    Args:
        function: takes the inputs one by one, returns tensors; may use `torch.func`.
        inputs: tensors like those of later calls, in shape, stride and dtype.
    Raises:
        ValueError: the function read a tensor's value, e.g. by `if` or `.item()`.
    """
    tape = _Tape(inputs)
    with tape:
        results = function(*inputs)
    return tape.compile(results)


@dataclass
class _Line:
    """One operator: its call, the names it reads, and the names it writes."""

    call: str
    reads: list[str]
    writes: list[str]
    single: bool
    kept: bool
    """Whether it changes something in place, so that it stays though nobody reads its result."""


@dataclass
class _Tape(TorchDispatchMode):
    """Notes operators. A tensor is known by where it lies and its form, not by its object:
    autograd hands saved tensors back as new objects. All stay alive meanwhile, so no memory is
    used twice."""

    inputs: Sequence[Tensor]
    lines: list[_Line] = field(default_factory=list)
    names: dict[tuple[Any, ...], str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    alive: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        for i, tensor in enumerate(self.inputs):
            self.names[_place(tensor)] = f"i{i}"

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten._local_scalar_dense.default:
            raise ValueError(
                "the recorded function reads a tensor's value (by if, float() or .item()); "
                "use operators such as torch.where instead"
            )
        reads: list[str] = []
        words = [self._word(value, reads) for value in args]
        words += [f"{key}={self._word(value, reads)}" for key, value in (kwargs or {}).items()]
        result = func(*args, **(kwargs or {}))
        self.alive.append((args, result))
        single = isinstance(result, Tensor)
        tensors: list[Tensor | None] = [result] if single else list(result)
        view = func.is_view or func is torch.ops.aten._unsafe_view.default
        if view and all(t is not None and _place(t) in self.names for t in tensors):
            return result
        mutable = func._schema.is_mutable
        writes = []
        for tensor in tensors:
            if tensor is None:  # a gradient that wasn't asked for
                writes.append("_")
                continue
            place = _place(tensor)
            if place not in self.names or not mutable:
                self.names[place] = f"v{len(self.names)}_{len(self.lines)}"
            writes.append(self.names[place])
        call = f"{self._constant(func)}({', '.join(words)})"
        self.lines.append(_Line(call, reads, writes, single, mutable))
        return result

    def _word(self, value: Any, reads: list[str]) -> str:
        """The value as Python source; names of tensors that it holds are added to `reads`."""
        if isinstance(value, Tensor):
            place = _place(value)
            if place not in self.names:
                self.names[place] = self._constant(value)
            reads.append(self.names[place])
            return self.names[place]
        if isinstance(value, (list, tuple)):
            return f"[{', '.join(self._word(part, reads) for part in value)}]"
        if value is None or isinstance(value, (bool, int, str)):
            return repr(value)
        return self._constant(value)

    def _constant(self, value: Any) -> str:
        name = f"c{len(self.values)}"
        self.values[name] = value
        return name

    def compile(self, results: Sequence[Tensor]) -> Recording:
        """The lines that the results need, as one Python function."""
        outputs = [self.names[_place(tensor)] for tensor in results]
        needed, kept = set(outputs), []
        for line in reversed(self.lines):
            if line.kept or needed.intersection(line.writes):
                needed.update(line.reads)
                kept.append(line)
        kept.reverse()
        last = {name: i for i, line in enumerate(kept) for name in (*line.writes, *line.reads)}
        source = [f"def replay({', '.join(f'i{i}' for i in range(len(self.inputs)))}):"]
        for i, line in enumerate(kept):
            comma = "" if line.single else ","
            source.append(f"    {', '.join(line.writes)}{comma} = {line.call}")
            done = [
                name
                for name in dict.fromkeys((*line.writes, *line.reads))
                if name[0] == "v" and last[name] == i and name not in outputs
            ]
            if done:
                source.append(f"    del {', '.join(done)}")
        source.append(f"    return [{', '.join(outputs)}]")
        space = dict(self.values)
        exec("\n".join(source), space)  # our own text: operators, and names that we gave
        recording: Recording = space["replay"]
        return recording


def _place(tensor: Tensor) -> tuple[Any, ...]:
    """Where a tensor lies and its form: equal places hold equal numbers."""
    return (tensor.data_ptr(), tuple(tensor.shape), tensor.stride(), tensor.dtype)
