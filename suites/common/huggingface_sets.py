"""Hugging Face data sets by name: `hf:ylecun/mnist`, `hf:glue:sst2[train]`, `hf:FOLDER-or-FILE`.

A name is the hub's, with `:CONFIGURATION` where it has several; a path is a Parquet, CSV, JSON or
Arrow file, or a folder that the library `datasets` can read (a folder of pictures in a folder a
class, say). Without `[SPLIT]` its splits follow each other: train, validation, test, then others.

Labels are the column of type ClassLabel; where there is none (or several), the one called label,
labels, target, class or y. Inputs are the first column of pictures (type Image, or encoded bytes);
where there is none, all columns of numbers as one vector, in the file's order; where there are
none either, the first column of text, as its UTF-8 bytes, cut and padded with zeros to TEXT_BYTES.

Here: where a set's files lie, and which columns are read. Not here: keeping what was read
(suites.common.kept_sets).
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suites.common.data_set import SourceError
from suites.common.images import stack_pictures
from suites.common.kept_sets import Found, Reading, download_allowed, said

if TYPE_CHECKING:
    import numpy

PACKAGES = ("datasets", "pillow")

BUILDERS = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".arrow": "arrow",
}
"""The library's own builder for each kind of file."""

LABELS = ("label", "labels", "target", "class", "y")
"""Names of label columns, the likeliest first."""

SPLITS = ("train", "validation", "test")

TEXT_BYTES = 1014
"""How much of a text is read: as much as Zhang, Zhao, LeCun (arXiv 1509.01626) give their
networks on characters."""

CLASSES = 10_000
"""A label column with more values than this isn't one of classes."""


def find(name: str) -> Found:
    """Where a set lies: the path that was named, or the library's cache.

    Raises:
        SourceError: it is in neither place; one sentence with what to do.
    """
    body, _split = _parts(name)
    path = Path(body).expanduser().absolute()
    if path.is_file():
        return Found(path, (path,))
    if path.is_dir():
        files = tuple(sorted(file for file in path.rglob("*") if file.is_file()))
        if not files:
            raise SourceError(f"{name}: the folder {path} is empty; put the set's files there")
        return Found(path, files)
    if body.startswith((".", "/", "~")) or path.suffix in BUILDERS:
        raise SourceError(f"{name}: there is no file or folder {path}{_hint(path)}")
    found = _cached(body)
    if not found and download_allowed():
        _load(name, Path(body))
        found = _cached(body)
    if not found:
        raise SourceError(
            f"{name} isn't here: set WEIGHHOUSE_DOWNLOAD=1 to have it fetched from the Hugging "
            f"Face hub, or put its Parquet or CSV files into a folder and name it hf:FOLDER, or "
            f"use an embedded set such as mnist5k or digits (looked in {_cache()})"
        )
    return Found(Path(body), found)


def _parts(name: str) -> tuple[str, str]:
    """The path or the hub's name, and the split ("" for all)."""
    match = re.fullmatch(r"hf:(.+?)(?:\[([\w.-]+)\])?", name)
    if not match:
        raise SourceError(
            f"{name!r} isn't a data set's name: write hf:NAME, hf:PATH or hf:NAME[SPLIT]"
        )
    return match[1], match[2] or ""


def _hint(path: Path) -> str:
    """A name beside it that is nearly the same."""
    beside = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
    near = get_close_matches(path.name, beside, n=1)
    return f": did you mean {path.parent / near[0]}?" if near else "; correct the path"


def _cache() -> Path:
    """The folder in which the library keeps what it has fetched."""
    base = os.environ.get("HF_HOME") or "~/.cache/huggingface"
    return Path(os.environ.get("HF_DATASETS_CACHE") or Path(base) / "datasets").expanduser()


def _cached(body: str) -> tuple[Path, ...]:
    """The files of a set of the hub, where it has been fetched."""
    hub, _colon, configuration = body.partition(":")
    folder = _cache() / hub.replace("/", "___") / configuration
    return tuple(sorted(folder.rglob("*.arrow"))) if folder.is_dir() else ()


def _load(name: str, root: Path, kept: str | None = None) -> Mapping[str, Any]:
    """The library's tables by split.

    Args:
        root: the path, or the hub's name.
        kept: where the library may put its own files; None for its cache.
    Raises:
        SourceError: it can't be fetched or read.
    """
    if not download_allowed():
        os.environ["HF_HUB_OFFLINE"] = "1"  # before the first import, or it waits for a network
    import datasets

    datasets.disable_progress_bars()
    try:
        if root.is_file():
            builder = BUILDERS.get(root.suffix)
            if builder is None:
                kinds = ", ".join(BUILDERS)
                raise SourceError(f"{name}: files of these kinds can be read: {kinds}")
            return datasets.load_dataset(builder, data_files=str(root), cache_dir=kept)
        if root.is_dir():
            return datasets.load_dataset(str(root), cache_dir=kept)
        hub, _colon, configuration = str(root).partition(":")
        return datasets.load_dataset(hub, configuration or None)
    except SourceError:
        raise
    except Exception as error:  # whatever the library says of a damaged file or a network
        cause = error.__cause__ or error
        raise SourceError(
            f"{name} can't be read ({said(cause)}): put its files there anew, or correct the name"
        ) from error


def read(name: str, found: Found) -> Reading:
    """A set's examples, split after split.

    Raises:
        SourceError: the library can't read the files, or no column gives inputs or labels.
    """
    import numpy as np

    _body, split = _parts(name)
    with tempfile.TemporaryDirectory() as scratch:  # else a second copy of it would stay
        tables = _load(name, found.root, scratch if found.root.exists() else None)
        chosen = [split] if split else sorted(tables, key=_order)
        if split and split not in tables:
            has = ", ".join(tables)
            raise SourceError(f"{name}: there is no split {split!r}; its splits are {has}")
        parts = [_columns(name, tables[word]) for word in chosen]
    first = parts[0]
    if any(_shape(part) != _shape(first) for part in parts):
        raise SourceError(
            f"{name}: its splits differ in classes or shape; name one, as in {name}[{chosen[0]}]"
        )
    return Reading(
        np.concatenate([part.inputs for part in parts]),
        np.concatenate([part.labels for part in parts]),
        first.pixels,
        first.class_names,
        first.licence,
        first.source or name,
    )


def _shape(part: Reading) -> tuple[object, ...]:
    """What splits must share to follow each other."""
    return (list(part.class_names), part.inputs.shape[1:], part.inputs.dtype)


def _order(split: str) -> tuple[int, str]:
    return (SPLITS.index(split) if split in SPLITS else len(SPLITS), split)


def _columns(name: str, table: Any) -> Reading:
    """One split's inputs and labels."""
    label = _label_column(name, table)
    labels, class_names = _labels(name, table, label)
    inputs, pixels = _inputs(name, table, label)
    info = table.info
    source = " ".join((info.citation or info.homepage or "").split())
    return Reading(inputs, labels, pixels, class_names, info.license or "not known here", source)


def _label_column(name: str, table: Any) -> str:
    """The column that tells the classes."""
    from datasets import ClassLabel

    declared = [c for c, kind in table.features.items() if isinstance(kind, ClassLabel)]
    if len(declared) == 1:
        return declared[0]
    likely = [column for column in LABELS if column in table.features]
    if not likely and not declared:
        raise SourceError(
            f"{name} has no labels: its columns are {', '.join(table.features)}; call the column "
            f"of the classes {LABELS[0]!r}"
        )
    return (likely or declared)[0]


def _labels(name: str, table: Any, column: str) -> tuple[numpy.ndarray, list[str]]:
    """The classes' numbers, int64, and what they are called."""
    import numpy as np
    from datasets import ClassLabel

    values = table[column][:]
    if any(value is None for value in values):
        raise SourceError(f"{name}: column {column!r} lacks the labels of some examples")
    kind = table.features[column]
    if isinstance(kind, ClassLabel):
        labels = np.array(values, dtype=np.int64)
        if labels.min() < 0:
            raise SourceError(
                f"{name} has hidden labels (class {labels.min()}); name a split that has them, "
                f"as in hf:NAME[{SPLITS[0]}]"
            )
        return labels, list(kind.names)
    known = sorted(set(values))
    fractions = any(isinstance(value, float) and not value.is_integer() for value in known)
    if fractions or len(known) > CLASSES:
        raise SourceError(f"{name}: column {column!r} holds numbers, not classes")
    numbers = {value: number for number, value in enumerate(known)}
    labels = np.array([numbers[value] for value in values], dtype=np.int64)
    return labels, [str(int(v) if isinstance(v, float) else v) for v in known]


def _inputs(name: str, table: Any, label: str) -> tuple[numpy.ndarray, bool]:
    """Bytes or float32 numbers, and whether they are pictures."""
    import numpy as np
    from datasets import Image

    kinds = {column: kind for column, kind in table.features.items() if column != label}
    pictures = [column for column, kind in kinds.items() if _is_picture(kind)]
    if pictures:
        decoded = table.select_columns(pictures[:1]).cast_column(pictures[0], Image())
        try:
            return stack_pictures(name, (row[pictures[0]] for row in decoded)), True
        except OSError as error:  # Pillow's
            raise SourceError(
                f"{name}: column {pictures[0]!r} holds what is no picture ({said(error)})"
            ) from error
    numbers = [column for column, kind in kinds.items() if _is_number(kind)]
    if numbers:
        vectors = table.select_columns(numbers).to_pandas().to_numpy(dtype=np.float32)
        holes = ~np.isfinite(vectors).all(axis=0)
        if holes.any():
            lacking = numbers[int(holes.argmax())]
            raise SourceError(f"{name}: column {lacking!r} has missing or infinite numbers")
        return vectors, False
    texts = [column for column, kind in kinds.items() if getattr(kind, "dtype", "") == "string"]
    if not texts:
        raise SourceError(
            f"{name} has neither pictures, numbers nor text beside its labels: its columns are "
            f"{', '.join(table.features)}"
        )
    encoded = [(text or "").encode()[:TEXT_BYTES] for text in table[texts[0]][:]]
    rows = np.zeros((len(encoded), TEXT_BYTES), dtype=np.uint8)
    for row, text in zip(rows, encoded, strict=True):
        row[: len(text)] = np.frombuffer(text, dtype=np.uint8)
    return rows, False


def _is_picture(kind: Any) -> bool:
    """Whether a column's type is a picture's: declared, or its encoded bytes."""
    from datasets import Image

    if isinstance(kind, Mapping):
        kind = kind.get("bytes")
    return isinstance(kind, Image) or getattr(kind, "dtype", "") in ("binary", "large_binary")


def _is_number(kind: Any) -> bool:
    from datasets import Value

    return isinstance(kind, Value) and kind.dtype.startswith(("int", "uint", "float", "bool"))
