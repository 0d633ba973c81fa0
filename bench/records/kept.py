"""Small files that runs leave: chosen indices, scores, images.

Here: keeping them under the digest of their content, finding and verifying them. They are made by
a suite's scorer, which is trusted, and lie in `kept/` of the home folder; a record names them. The
same content lies there once, however many runs leave it. None is ever swept: a store may lie
anywhere, so nobody here knows every record that names a file. Not here: the copies that are
published (bench.records.published).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench.records.assets import signature

SUFFIXES = (".csv", ".json", ".npy", ".png", ".txt")
"""What may be kept: data, and images that can't hold a script."""

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}\.[a-z]+")
DIGEST = re.compile(r"[0-9a-f]{64}")

MOST_BYTES = 16 * 2**20
"""How large a published file may be; a suite's own limit is lower."""

Artefacts = Mapping[str, Mapping[str, Any]]
"""As a record holds them: file's name -> `digest` (sha256, hexadecimal) and `bytes`."""


class KeptError(Exception):
    """A file can't be kept or isn't what its record says; the message says why and what to do."""


def folder_of(home: Path) -> Path:
    """Where a home folder's kept files lie."""
    return home / "kept"


def keep(files: Mapping[str, bytes], folder: Path, most: int) -> dict[str, dict[str, Any]]:
    """Write the files of one run, each whole or not at all.

    Args:
        files: name -> content.
        folder: `folder_of` the home.
        most: bytes that all of them may take together.
    Returns:
        What the run's record holds of them.
    Raises:
        KeptError: a name can't be, or they are too large together; nothing is kept then.
    """
    for name in files:
        if not NAME.fullmatch(name) or Path(name).suffix not in SUFFIXES:
            raise KeptError(
                f"the suite's scorer keeps a file called {name!r}; a name has small letters, "
                f"digits, _ and -, and one of the endings {', '.join(SUFFIXES)}"
            )
    total = sum(map(len, files.values()))
    if total > most:
        raise KeptError(
            f"the suite's scorer keeps {total} bytes of this run, over its own limit of {most} "
            "(artefact_bytes of the suite); keep less, or raise the limit"
        )
    kept = {}
    for name, content in files.items():
        entry: dict[str, Any] = {"digest": sha256(content).hexdigest(), "bytes": len(content)}
        write_once(folder / file_name(name, entry["digest"]), content)
        kept[name] = entry
    return kept


def wrong(artefacts: Any) -> str:
    """What is wrong with a record's `artefacts`, which anyone may have written; "" if nothing.

    Names and digests become paths, and a content is read no further than it says.
    """
    if not isinstance(artefacts, Mapping):
        return "artefacts isn't an object"
    for name, entry in artefacts.items():
        if not NAME.fullmatch(name) or Path(name).suffix not in SUFFIXES:
            return f"artefacts holds a file called {name!r}"
        digest = entry.get("digest") if isinstance(entry, Mapping) else None
        if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
            return f"artefacts holds no sha256 of {name}"
        if type(entry.get("bytes")) is not int or not 0 <= entry["bytes"] <= MOST_BYTES:
            return f"artefacts holds no size of {name} between 0 and {MOST_BYTES} bytes"
    return ""


def file_name(name: str, digest: str) -> str:
    """What a kept file is called in its folder: its digest, with its own name's ending."""
    return digest + Path(name).suffix


def write_once(path: Path, content: bytes) -> None:
    """Write a file whose name tells its content, unless it is there with as many bytes."""
    with suppress(OSError):
        if path.stat().st_size == len(content):
            return
    aside = path.with_name(f"{signature()}{path.name}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def read(name: str, artefact: Mapping[str, Any], folder: Path) -> bytes:
    """The content of a kept file.

    Raises:
        KeptError: it isn't there, or isn't what its record says.
    """
    path = folder / file_name(name, artefact["digest"])
    try:
        return verified(path.read_bytes(), artefact, path)
    except OSError as error:
        raise KeptError(
            f"{path}: {name} of a record can't be read ({error.strerror}). Make the record again "
            "with `python -m bench run ... --fresh`; `python -m bench show KEY` tells how."
        ) from None


def verified(content: bytes, artefact: Mapping[str, Any], path: Path) -> bytes:
    """The content, held against its record's digest. Raises KeptError where it differs."""
    if sha256(content).hexdigest() != artefact["digest"]:
        raise KeptError(
            f"{path}: its content isn't what its record says (sha256 {artefact['digest'][:12]}...)."
            " Delete it and make the record again."
        )
    return content
