"""A data set in memory, its content's digest, and the error of one that can't be had.

Here: what every source gives, whatever it is read from. Not here: the sources themselves
(suites.common.sources).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from bench.contract.suite import DataMissing

if TYPE_CHECKING:
    import numpy
    import torch

CHUNK = 2_000_000
"""Numbers that are digested at a time, so that a large set isn't held twice."""


class SourceError(DataMissing):
    """A data source can't be had; the message says which, why and what to do, in one sentence."""


@dataclass(frozen=True)
class DataSet:
    """A labelled data set in memory.

    Attributes:
        name: as in `suites.common.sources.load`.
        inputs: float32; images (examples, height, width) or (examples, channels, height, width)
            in [0, 1]; or vectors, sequences and bytes of text (examples, length) of no unit.
        labels: int64, shape (examples,), numbers of `class_names`.
        class_names: what the classes are called.
        licence: under which it may be used.
        source: where it comes from, and what to cite.
        digest: sha256 of inputs and labels, see `content_digest`.
    """

    name: str
    inputs: torch.Tensor
    labels: torch.Tensor
    class_names: tuple[str, ...]
    licence: str
    source: str
    digest: str


def content_digest(inputs: numpy.ndarray, labels: numpy.ndarray, levels: int) -> str:
    """sha256 over shape, inputs and labels.

    Args:
        inputs: any shape.
        labels: shape (examples,), int64.
        levels: inputs are multiples of 1/levels and are digested as such integers; with 0 they
            are digested rounded to four decimals, so that the last digit of a machine's sine or
            filter doesn't count.
    """
    found = sha256(str(inputs.shape).encode())
    found.update(b"|")
    for part in _integers(inputs, levels):
        found.update(part)
    found.update(b"|")
    found.update(labels.astype("<i8").tobytes())
    return found.hexdigest()


def _integers(inputs: numpy.ndarray, levels: int) -> Iterator[bytes]:
    """The inputs in units of 1/levels, as bytes of 64-bit integers."""
    import numpy as np

    flat = np.ascontiguousarray(inputs).reshape(-1)
    for begin in range(0, len(flat), CHUNK):
        part = np.asarray(flat[begin : begin + CHUNK], dtype=np.float64) * (levels or 10_000)
        yield np.round(part).astype("<i8").tobytes()
