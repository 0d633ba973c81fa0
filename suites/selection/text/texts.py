"""Texts with domains: docstrings, or a labelled set of texts whose classes are the domains.

What was read is cleared of near-duplicates as a whole, so that no text of a pool is one of a target
or of what is held out, however they are dealt; and it is kept under the home, as other sets that
are read from files are, since reading takes half a minute. Here: that, and the digest of a source
by its name. Not here: reading docstrings (suites.selection.text.corpus) or files
(suites.common.sources). Importing this module imports neither torch nor numpy.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from bench.contract.job import Output
from bench.records import assets
from bench.records.home import home
from suites.common import sources
from suites.common.data_set import SourceError
from suites.common.huggingface_sets import TEXT_BYTES
from suites.selection.text import corpus

if TYPE_CHECKING:
    from torch import Tensor

FEWEST = 5
"""Words of a text; one of fewer has no shingle of its own, and says little."""

CODE = ("suites.selection.text.corpus", "suites.selection.text.duplicates", __name__)
"""Another version of these reads anew."""


@dataclass(frozen=True)
class Texts:
    """Texts, no two of them nearly the same.

    Attributes:
        texts: words separated by single spaces.
        domains: the number of each one's domain, int64, shape (n,).
        names: the domains'.
    """

    texts: Sequence[str]
    domains: Tensor
    names: Sequence[str]


def digest(source: str) -> str:
    """The content digest of a source of texts, or of any other data source of the suite.

    Args:
        source: one of `corpus.SOURCES`; or as in `suites.common.sources.load`.
    Raises:
        SourceError: it isn't here.
    """
    return corpus.digest(source) if source in corpus.SOURCES else sources.digest(source)


def load(source: str) -> Texts:
    """A source's texts.

    Args:
        source: one of `corpus.SOURCES`; or a labelled set of texts, `hf:NAME`, each text cut after
            `corpus.CHUNK` words.
    Raises:
        SourceError: it isn't here, or holds no texts.
    """
    folder = _folder(source, digest(source))
    found = _kept(folder)
    if found is None:
        with ExitStack() as stack:
            with suppress(OSError):  # a home that can't be written: read without keeping
                folder.parent.mkdir(parents=True, exist_ok=True)
                # the builders of one task start together, and would all read
                stack.enter_context(FileLock(f"{folder}.lock"))
            found = _kept(folder)
            if found is None:
                found = _read(source)
                with suppress(OSError):
                    assets.save(found, folder)
    return Texts(found.data["texts"], found.tensors["domains"], found.data["names"])


def _folder(source: str, content: str) -> Path:
    """Where a source is kept while its content and the code that reads it stay as they are."""
    read_by = [Path(str(import_module(name).__file__)).read_bytes() for name in CODE]
    signature = sha256(json.dumps([source, content]).encode() + b"".join(read_by)).hexdigest()
    return home() / "cache" / "data" / f"texts-{signature[:24]}"


def _kept(folder: Path) -> Output | None:
    try:
        return assets.load(folder)
    except assets.Damaged:  # or not there
        return None


def _read(source: str) -> Output:
    import torch

    from suites.selection.text.duplicates import distinct

    chunked = corpus.chunks(source) if source in corpus.SOURCES else labelled(source)
    chunked = [chunked[row] for row in distinct([text for _, text in chunked])]
    names = sorted({domain for domain, _ in chunked})
    numbers = {name: number for number, name in enumerate(names)}
    domains = torch.tensor([numbers[domain] for domain, _ in chunked], dtype=torch.int64)
    return Output({"domains": domains}, {"texts": [text for _, text in chunked], "names": names})


def labelled(source: str) -> list[tuple[str, str]]:
    """A labelled set's texts: class, and the first CHUNK words separated by single spaces.

    Raises:
        SourceError: the set isn't here, or isn't one of texts.
    """
    data = sources.load(source)
    rows = data.inputs
    if not source.startswith("hf:") or rows.shape[1:] != (TEXT_BYTES,):
        raise SourceError(
            f"{source} holds no texts: name a Hugging Face set with a column of text and one of "
            "classes, as hf:NAME"
        )
    found = []
    for row, label in zip(rows.byte().numpy(), data.labels.tolist(), strict=True):
        # the last character may have been cut in the middle
        tokens = corpus.words(row.tobytes().rstrip(b"\0").decode(errors="ignore"))
        if len(tokens) >= FEWEST:
            found.append((data.class_names[label], " ".join(tokens[: corpus.CHUNK])))
    return found
