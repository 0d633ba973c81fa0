"""Reads checkpoints as others write them, a tensor at a time.

Here: safetensors files, indices of sharded ones as Hugging Face writes them, folders that hold
either, and what `torch.save` wrote, through `weights_only`: their names, shapes and types at once,
numbers when they are asked for. Nothing is ever unpickled beyond tensors. Not here: whether several
fit together (suites.merging.apply.agreement), writing (suites.merging.apply.writing).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

TYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
"""What safetensors calls each type that a merge can read and write."""

INDEX = "*.safetensors.index.json"
PICKLED = (".pt", ".pth", ".bin", ".ckpt")
INSIDE = ("state_dict", "model", "module", "model_state_dict")
"""Under which name a training's checkpoint may hold the state."""

SAMPLE = 64
"""About how many numbers of a row are compared before all of two tensors are."""


class CheckpointError(Exception):
    """A checkpoint can't be read, or several can't be merged: why, and what to do."""


@dataclass(frozen=True)
class Entry:
    """A tensor as its file's head tells of it.

    Attributes:
        dtype, shape: of the tensor.
        file: which file holds it.
        load: reads it, or some of its rows.
    """

    dtype: torch.dtype
    shape: tuple[int, ...]
    file: Path
    load: Callable[[slice | None], Tensor]

    @property
    def numel(self) -> int:
        """How many numbers it holds."""
        return int(torch.Size(self.shape).numel())

    @property
    def size(self) -> int:
        """Bytes."""
        return self.numel * self.dtype.itemsize


@dataclass(frozen=True)
class Checkpoint:
    """A network's state on disk.

    Attributes:
        path: as it was named.
        entries: name -> what is known of the tensor, in the files' order.
    """

    path: Path
    entries: Mapping[str, Entry]

    @property
    def files(self) -> list[Path]:
        """The files that hold it, each once."""
        return list(dict.fromkeys(entry.file for entry in self.entries.values()))

    @property
    def size(self) -> int:
        """Bytes of all its tensors."""
        return sum(entry.size for entry in self.entries.values())

    def read(self, name: str, rows: slice | None = None) -> Tensor:
        """A tensor's numbers, or those of some rows (along the first dimension), as written.

        Raises:
            CheckpointError: the file is damaged.
        """
        try:
            return self.entries[name].load(rows)
        except (SafetensorError, RuntimeError, OSError) as error:
            raise CheckpointError(f"{self.path}: {name!r} can't be read: {_first(error)}") from None

    @cached_property
    def tied(self) -> dict[str, str]:
        """Names that hold the very same numbers as an earlier one, such as a head tied to an
        embedding -> that earlier one. Vectors aren't looked at: many are all 0 or all 1.
        """
        alike: dict[tuple[torch.dtype, tuple[int, ...]], list[str]] = {}
        for name, entry in self.entries.items():
            if len(entry.shape) > 1 and entry.dtype.is_floating_point:
                alike.setdefault((entry.dtype, entry.shape), []).append(name)
        tied: dict[str, str] = {}
        for names in alike.values():
            samples: dict[tuple[float, ...], list[str]] = {}
            for name in names if len(names) > 1 else ():
                samples.setdefault(self._sample(name), []).append(name)
            for some in samples.values():
                tied |= self._tied_among(some)
        return tied

    def _tied_among(self, names: Sequence[str]) -> dict[str, str]:
        """Of tensors of one shape and type those that are an earlier one -> that one; none that is
        all zero, as a layer's start may be.
        """
        tied: dict[str, str] = {}
        for place, first in enumerate(names):
            later = [name for name in names[place + 1 :] if name not in tied]
            if first not in tied and later:
                tensor = self.read(first)
                if tensor.count_nonzero():
                    tied |= {name: first for name in later if torch.equal(tensor, self.read(name))}
        return tied

    def _sample(self, name: str) -> tuple[float, ...]:
        """Some numbers of a tensor: from its first row, one in the middle and its last."""
        height = self.entries[name].shape[0]
        sample: list[float] = []
        for row in (0, height // 2, height - 1) if height else ():
            flat = self.read(name, slice(row, row + 1)).reshape(-1)
            sample += flat[:: max(1, len(flat) // SAMPLE)].float().tolist()
        return tuple(sample)


def open_checkpoint(path: Path) -> Checkpoint:
    """Look into a checkpoint, whatever its form.

    Args:
        path: a `.safetensors` file, an index of several, what `torch.save` wrote, or a folder that
            holds one of them.
    Raises:
        CheckpointError: it isn't there, or is none of these.
    """
    if not path.exists():
        raise CheckpointError(f"{path}: there is no such file. Name a checkpoint that is there.")
    if path.is_dir():
        return Checkpoint(path, open_checkpoint(_inside(path)).entries)
    if path.name.endswith(".index.json"):
        entries = _indexed(path)
    elif path.suffix == ".safetensors":
        entries = _safetensors(path)
    elif path.suffix in PICKLED:
        entries = _pickled(path)
    else:
        raise CheckpointError(
            f"{path}: its name doesn't say what it is. Give a file that ends in .safetensors, "
            f".safetensors.index.json or {', '.join(PICKLED)}, or a folder with one."
        )
    if not any(entry.dtype.is_floating_point for entry in entries.values()):
        raise CheckpointError(f"{path}: it holds no floating-point tensor: nothing to merge.")
    return Checkpoint(path, entries)


def _inside(folder: Path) -> Path:
    """The checkpoint in a folder."""
    for pattern in (INDEX, "*.safetensors", "*.bin", "*.pt", "*.pth"):
        files = sorted(folder.glob(pattern))
        if len(files) == 1:
            return files[0]
        if files:
            names = ", ".join(file.name for file in files[:4])
            raise CheckpointError(
                f"{folder}: it holds {len(files)} checkpoints ({names}). Name one."
            )
    raise CheckpointError(f"{folder}: the folder holds no checkpoint (.safetensors, .bin, .pt).")


def _indexed(path: Path) -> dict[str, Entry]:
    """What the shards hold that an index names, in its order."""
    try:
        places: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["weight_map"]
    except (ValueError, KeyError, TypeError):
        raise CheckpointError(
            f"{path}: it has no `weight_map`, from names to files, as Hugging Face writes it."
        ) from None
    shards: dict[str, dict[str, Entry]] = {}
    for file in dict.fromkeys(places.values()):
        if not (path.parent / file).is_file():
            raise CheckpointError(f"{path}: its shard {file} isn't beside it. Fetch that file too.")
        shards[file] = _safetensors(path.parent / file)
    lost = [name for name, file in places.items() if name not in shards[file]]
    if lost:
        raise CheckpointError(
            f"{path}: {places[lost[0]]} lacks {lost[0]!r}, which the index says it holds. "
            "Fetch the files anew."
        )
    return {name: shards[file][name] for name, file in places.items()}


def _safetensors(path: Path) -> dict[str, Entry]:
    entries = {}
    try:
        with safe_open(path, framework="pt") as file:
            names: list[str] = file.keys()
            places = _places(path)
            for name in names:
                part = file.get_slice(name)
                if part.get_dtype() not in TYPES:
                    raise CheckpointError(
                        f"{path}: {name!r} is stored as {part.get_dtype()}, in which nothing can "
                        f"be merged. Give a checkpoint in {', '.join(list(TYPES)[:4])}."
                    )
                dtype, shape = TYPES[part.get_dtype()], tuple(part.get_shape())
                load = partial(_read_safetensors, path, places[name], dtype, shape)
                entries[name] = Entry(dtype, shape, path, load)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path}: it can't be read as safetensors ({_first(error)}). Fetch it anew: it may be "
            "cut off."
        ) from None
    return entries


def _places(path: Path) -> dict[str, int]:
    """Where each tensor of a safetensors file begins, in bytes; its head is known to be sound."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        head = json.loads(file.read(size))
    return {
        name: 8 + size + described["data_offsets"][0]
        for name, described in head.items()
        if name != "__metadata__"
    }


def _read_safetensors(
    path: Path, start: int, dtype: torch.dtype, shape: tuple[int, ...], rows: slice | None
) -> Tensor:
    """A tensor's numbers, or those of some rows; `start` is where it begins in the file, in bytes.

    They are read, not mapped: what a mapping has touched counts as this process's memory.

    Raises:
        OSError: the file ends before them.
    """
    first, end, _ = (rows or slice(None)).indices(shape[0] if shape else 1)
    tensor = torch.empty((end - first, *shape[1:]) if shape else (), dtype=dtype)
    row = tensor.nbytes // max(1, end - first)
    if tensor.numel():
        view = memoryview(tensor.reshape(-1).view(torch.uint8).numpy().data)
        with path.open("rb", buffering=0) as file:
            file.seek(start + first * row)
            while view:
                size = file.readinto(view)
                if not size:
                    raise OSError("it is cut off")
                view = view[size:]
    return tensor


def _pickled(path: Path) -> dict[str, Entry]:
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except RuntimeError as error:
        if "mmap" not in str(error):
            raise CheckpointError(f"{path}: it can't be read: {_first(error)}") from None
        loaded = torch.load(path, map_location="cpu", weights_only=True)  # written before torch 1.6
    except (UnpicklingError, EOFError, OSError) as error:
        raise CheckpointError(
            f"{path}: it isn't a plain state ({_first(error)}). Save the state alone: "
            "torch.save(model.state_dict(), FILE)."
        ) from None
    state = _state(path, loaded)
    for name, tensor in state.items():
        if tensor.dtype not in TYPES.values() or tensor.layout is not torch.strided:
            raise CheckpointError(
                f"{path}: {name!r} is stored as {tensor.dtype}, {tensor.layout}, in which nothing "
                f"can be merged. Give a checkpoint in {', '.join(list(TYPES)[:4])}."
            )
    return {
        name: Entry(tensor.dtype, tuple(tensor.shape), path, partial(_in_memory, tensor))
        for name, tensor in state.items()
    }


def _in_memory(tensor: Tensor, rows: slice | None) -> Tensor:
    """Itself: what `torch.load` mapped is read when it is looked at."""
    return tensor if rows is None else tensor[rows]


def _state(path: Path, loaded: Any) -> dict[str, Tensor]:
    """The state in what a file held."""
    if isinstance(loaded, dict):
        inner = [loaded[name] for name in INSIDE if isinstance(loaded.get(name), dict)]
        for state in (loaded, *inner):
            if state and all(isinstance(value, Tensor) for value in state.values()):
                return state
    raise CheckpointError(
        f"{path}: it holds no dict from name to tensor, nor has one under "
        f"{', '.join(INSIDE)}. Save the state alone: torch.save(model.state_dict(), FILE)."
    )


def _first(error: Exception) -> str:
    """The first line of what an error says."""
    return (str(error) or type(error).__name__).splitlines()[0]
