"""Data sets that are read from files: read and decoded once, then kept under the home.

A kept set lies at `cache/data/<name>-<signature>` below the home, in the form of an asset. Its
signature covers the paths, sizes and times of the files that it was read from, so a changed file
is read anew, and an unchanged one isn't touched again: planning needs its digest only, and neither
torch nor numpy for that. The folders may be deleted at any time. Here: keeping, and what a reader
must offer (`Reader`). Not here: the readers (suites.common.torchvision_sets,
suites.common.huggingface_sets).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from bench.contract.job import Output
from bench.records import assets
from bench.records.home import home
from suites.common.data_set import content_digest

if TYPE_CHECKING:
    import numpy


@dataclass(frozen=True)
class Found:
    """Where a data set lies: the folder that its library is told, and the files that matter."""

    root: Path
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Reading:
    """What a reader makes of a data set's files.

    Attributes:
        inputs: bytes, of which 255 stands for 1 where they are pixels; or float32.
        labels: shape (examples,), int64, numbers of `class_names`.
        pixels: whether the inputs are images.
        class_names, licence, source: as in DataSet.
    """

    inputs: numpy.ndarray
    labels: numpy.ndarray
    pixels: bool
    class_names: Sequence[str]
    licence: str
    source: str


class Reader(Protocol):
    """What a module that reads data sets offers."""

    PACKAGES: tuple[str, ...]
    """The packages whose version may change what is read."""

    def find(self, name: str) -> Found:
        """Where the set lies, without importing its library. Raises SourceError: it isn't here."""

    def read(self, name: str, found: Found) -> Reading:
        """Its examples. Raises SourceError: its files can't be read or aren't labelled."""


def download_allowed() -> bool:
    """Whether libraries may fetch what isn't here: WEIGHHOUSE_DOWNLOAD=1."""
    return os.environ.get("WEIGHHOUSE_DOWNLOAD", "") not in ("", "0")


def said(error: BaseException) -> str:
    """A library's words on one line, to be quoted in a message."""
    return " ".join(str(error).split())[:300].rstrip(".") or type(error).__name__


def digest(name: str, reader: str) -> str:
    """The content digest of a data set.

    Args:
        name: as in `suites.common.sources.load`.
        reader: dotted name of the module that reads it.
    Raises:
        SourceError: it isn't here or can't be read.
    """
    found = cast(Reader, import_module(reader)).find(name)
    folder = _folder(name, reader, found)
    if assets.is_there(folder):
        with suppress(OSError, ValueError, KeyError):
            return str(json.loads((folder / assets.DATA).read_text())["digest"])
    return str(_read(name, reader, found, folder).data["digest"])


def load(name: str, reader: str) -> Output:
    """What is kept of a data set; arguments and errors as of `digest`.

    Returns:
        Tensors `inputs` and `labels`, the content that the digest is of; data: the rest of
        `Reading`, and `digest`.
    """
    found = cast(Reader, import_module(reader)).find(name)
    folder = _folder(name, reader, found)
    try:
        return assets.load(folder)
    except assets.Damaged:  # or not there
        return _read(name, reader, found, folder)


def _folder(name: str, reader: str, found: Found) -> Path:
    """Where the set is kept while its files, its reader and the library stay as they are."""
    module = cast(Reader, import_module(reader))
    stats = [(path, path.stat()) for path in found.files]
    read_from = [
        [(str(path), stat.st_size, stat.st_mtime_ns) for path, stat in stats],
        [metadata.version(package) for package in module.PACKAGES],
        [_code(code) for code in ("suites.common.images", "suites.common.data_set", reader)],
    ]
    signature = sha256(json.dumps([name, read_from]).encode()).hexdigest()[:24]
    plain = re.sub(r"[^\w.-]+", "_", name).strip("_")
    return home() / "cache" / "data" / f"{plain[-60:]}-{signature}"


def _code(module: str) -> str:
    return sha256(Path(str(import_module(module).__file__)).read_bytes()).hexdigest()


def _read(name: str, reader: str, found: Found, folder: Path) -> Output:
    """Read a data set from its files, and keep it; where that can't be written, without keeping."""
    import numpy as np
    import torch

    reading = cast(Reader, import_module(reader)).read(name, found)
    inputs = np.ascontiguousarray(reading.inputs)
    # Bytes are digested as they are, and other numbers to their last bit.
    numbers = inputs if inputs.dtype == np.uint8 else inputs.view("<i4")
    output = Output(
        {"inputs": torch.from_numpy(inputs), "labels": torch.from_numpy(reading.labels)},
        {
            "digest": content_digest(numbers, reading.labels, 1),
            "pixels": reading.pixels,
            "class_names": list(reading.class_names),
            "licence": reading.licence,
            "source": reading.source,
            "files": str(found.root),
        },
    )
    with suppress(OSError):
        assets.save(output, folder)
    return output
