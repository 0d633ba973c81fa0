"""Writes a safetensors file a tensor at a time, so that it needn't be in memory whole.

Here: the format's head, from names, types and shapes alone; the file is written aside and renamed
into place when it is whole, so that nothing half-written ever has its name. Not here: what is
written (suites.merging.apply.merging).
Source: https://github.com/huggingface/safetensors, "Format": 8 bytes with the length of the head,
the head as JSON, padded with spaces to a multiple of 8, then the tensors, one after the other.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from glob import escape
from pathlib import Path

import torch
from torch import Tensor

from bench.records.assets import signature
from bench.records.sweep import _is_left_behind
from suites.merging.apply.checkpoints import TYPES, Entry

NAMES = {dtype: name for name, dtype in TYPES.items()}


class Writer:
    """An open file, whose tensors come in the order of its head."""

    def __init__(self, path: Path, entries: Mapping[str, Entry], about: Mapping[str, str]) -> None:
        """Write the head.

        Args:
            path: to be written.
            entries: name -> type and shape.
            about: the file's metadata; `close` may change it to as many characters.
        """
        self._waiting = list(entries.items())
        self._written = 0
        self._tensors: dict[str, object] = {}
        start = 0
        for name, entry in entries.items():
            end = start + entry.size
            self._tensors[name] = {
                "dtype": NAMES[entry.dtype],
                "shape": list(entry.shape),
                "data_offsets": [start, end],
            }
            start = end
        self._file = path.open("wb", buffering=0)
        self._head_size = self._write_head(about)

    def _write_head(self, about: Mapping[str, str]) -> int:
        head = json.dumps(
            {"__metadata__": dict(about), **self._tensors}, separators=(",", ":")
        ).encode()
        head += b" " * (-len(head) % 8)
        self._file.write(len(head).to_bytes(8, "little") + head)
        return len(head)

    def add(self, name: str, tensor: Tensor) -> None:
        """Write the next tensor, or its next rows, in the type that the head gives it.

        Raises:
            ValueError: another one is next, or it has another shape.
        """
        expected, entry = self._waiting[0]
        self._written += tensor.numel()
        if name != expected or self._written > entry.numel or tensor.shape[1:] != entry.shape[1:]:
            raise ValueError(f"{name!r} of shape {tuple(tensor.shape)}: {expected!r} comes next")
        if self._written == entry.numel:
            del self._waiting[0]
            self._written = 0
        numbers = tensor.to(entry.dtype).contiguous()
        if numbers.numel():
            view = numbers.reshape(-1).view(torch.uint8).numpy().data
            while view:
                view = view[self._file.write(view) or 0 :]

    def close(self, about: Mapping[str, str]) -> None:
        """Write the metadata as it is now known, have the system write all down, and close.

        Raises:
            ValueError: it takes more or fewer characters than before, or a tensor is lacking.
        """
        if self._waiting:
            raise ValueError(f"{self._waiting[0][0]!r} wasn't written")
        self._file.seek(0)
        if self._write_head(about) != self._head_size:
            raise ValueError("the metadata has grown or shrunk while the tensors were written")
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Close without more ado."""
        self._file.close()


class Aside:
    """Files that get their names together, once all are whole; else nothing is left of them.

    with Aside([path]) as aside:
        writer = Writer(aside.paths[0], entries, about)
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._final = list(paths)
        self.paths = [path.with_name(f"{signature()}{path.name}.tmp") for path in paths]
        for path in paths:
            for left in path.parent.glob(f"*~*~{escape(path.name)}.tmp"):
                if _is_left_behind(left):
                    left.unlink()  # of a process that was killed

    def __enter__(self) -> Aside:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        for partial, final in zip(self.paths, self._final, strict=True):
            if kind is None:
                partial.replace(final)
            else:
                partial.unlink(missing_ok=True)
