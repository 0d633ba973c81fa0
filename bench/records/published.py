"""Published records: JSON lines, one file a method, so that two PRs never touch the same file.

Here: writing `<folder>/<suite>/<method>.jsonl`, sorted and stable, so that a diff shows what
changed; reading them back; and the small files that the records keep, each compressed under the
digest of its content, `<folder>/<suite>/kept/<digest><ending>.gz`. Not here: the local store
(bench.records.store) and the local kept files (bench.records.kept).
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Callable, Container, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from bench.catalogue.registry import ROOT
from bench.records.kept import KeptError, file_name, verified, write_once, wrong
from bench.records.kept import read as read_kept
from bench.records.record import Record
from bench.records.sound import refuse_wrong

PUBLISHED = ROOT / "reports" / "published"
"""The records that the public site is built from."""


class PublishedError(Exception):
    """A published file is wrong; the message says where and how to mend it."""


@dataclass(frozen=True)
class Update:
    """What publishing some records makes of one method's file; nothing is written yet.

    Attributes:
        path: the file.
        records: those that go into it.
        dropped: its lines that stand for nothing any more.
        text: what it will hold.
        changed: whether that is anything new.
    """

    path: Path
    records: tuple[Record, ...]
    dropped: tuple[Record, ...]
    text: str
    changed: bool


def updates(
    records: Iterable[Record], folder: Path, stands: Callable[[Record], bool] = lambda record: True
) -> list[Update]:
    """What publishing records does to the files of their methods, sorted by file.

    A line is replaced by a record of the same cell: task, tier, variant and seed. All other lines
    stay, except those that no longer stand for anything.

    Args:
        records: any; `infra` ones are left out, because they say nothing of the method.
        folder: e.g. reports/published.
        stands: whether the cell of a published line is still there.
    Raises:
        PublishedError: a line of such a file isn't a record.
    """
    sound = sorted((r for r in records if r.status != "infra"), key=_order)
    changes = []
    for (suite, method), group in groupby(sound, key=lambda r: (r.suite, r.method)):
        path = folder / suite / f"{method}.jsonl"
        lines = {record.place: record for record in (_read_file(path) if path.is_file() else [])}
        dropped = [record for record in lines.values() if not stands(record)]
        kept = {place: record for place, record in lines.items() if stands(record)}
        new = tuple(r for r in group if not _says_the_same(r, kept.get(r.place)))
        merged = sorted({**kept, **{r.place: r for r in new}}.values(), key=_order)
        text = "".join(record.to_json() + "\n" for record in merged)
        changed = not path.is_file() or path.read_text(encoding="utf-8") != text
        changes.append(Update(path, new, tuple(dropped), text, changed))
    return changes


def _says_the_same(record: Record, line: Record | None) -> bool:
    """Whether a line needn't be replaced: both say that the run was skipped, for one reason."""
    if line is None or record.status != "skipped":
        return False
    return (line.status, line.reason) == (record.status, record.reason)


def write(
    records: Iterable[Record], folder: Path, stands: Callable[[Record], bool] = lambda record: True
) -> list[Path]:
    """Write records as published files, each aside and renamed into place; see `updates`.

    Returns:
        The files written, sorted.
    Raises:
        PublishedError: a file can't be written; those before it are.
    """
    made = updates(records, folder, stands)
    for update in made:
        replace_file(update.path, update.text)
    return [update.path for update in made]


def replace_file(path: Path, text: str) -> None:
    """Write a file aside and rename it into place."""
    aside = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise PublishedError(
            f"{path}: can't be written ({error.strerror}); it is as it was. Make room or make the "
            "folder writable, or name another with --out; run again."
        ) from None


def read(folder: Path, suites: Container[str] = (), methods: Container[str] = ()) -> list[Record]:
    """The published records, sorted.

    Args:
        suites, methods: only those of these names; all where none is named.
    Raises:
        PublishedError: a line isn't a record, or the folder isn't there.
    """
    if not folder.is_dir():
        raise PublishedError(f"{folder}: no such folder. Make it with `python -m bench export`.")
    files = [
        file
        for file in sorted(folder.glob("*/*.jsonl"))
        if (not suites or file.parent.name in suites) and (not methods or file.stem in methods)
    ]
    return sorted((r for file in files for r in _read_file(file)), key=_order)


def _read_file(path: Path) -> list[Record]:
    records = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line:
            continue
        try:
            record = Record.from_json(line)
            problem = wrong(record.artefacts) or _missing(record, path.parent)
            if problem:
                raise ValueError(problem)
            refuse_wrong(record)
            records.append(record)
        except (ValueError, RecursionError) as error:
            raise PublishedError(
                f"{path}:{number}: {error}. Take the file back from git, or delete it and write "
                "it anew with `python -m bench export`."
            ) from None
    return records


def _missing(record: Record, folder: Path) -> str:
    """Which file a record keeps that isn't published beside it; "" if none."""
    for name, entry in record.artefacts.items():
        file = _packed(folder, name, entry)
        if not file.is_file():
            return f"the record keeps {name}, but {file} isn't there"
    return ""


def write_kept(records: Iterable[Record], kept: Path, folder: Path) -> int:
    """Publish the small files of records, before the records themselves.

    Args:
        kept: the folder that they lie in here (bench.records.kept).
        folder: e.g. reports/published.
    Returns:
        How many files were written; those that are there stay as they are.
    Raises:
        PublishedError: one is missing here or damaged, or can't be written.
    """
    written = 0
    for record in records:
        for name, entry in record.artefacts.items() if record.status != "infra" else ():
            path = _packed(folder / record.suite, name, entry)
            if path.is_file():
                continue
            try:
                write_once(path, gzip.compress(read_kept(name, entry, kept), mtime=0))
            except KeptError as error:
                raise PublishedError(f"record {record.key}: {error}") from None
            except OSError as error:
                raise PublishedError(f"{path}: can't be written ({error.strerror}).") from None
            written += 1
    return written


def prune_kept(folder: Path) -> int:
    """Remove published files that no published record of their suite names; how many went."""
    named: set[Path] = set()
    for record in read(folder):
        named |= {_packed(folder / record.suite, n, e) for n, e in record.artefacts.items()}
    unnamed = [path for path in folder.glob("*/kept/*") if path not in named]
    for path in unnamed:
        path.unlink()
    return len(unnamed)


def artefact(record: Record, name: str, folder: Path) -> bytes:
    """The content of a file that a published record keeps, verified.

    Raises:
        PublishedError: it isn't there, or isn't what the record says.
    """
    entry = record.artefacts[name]
    path = _packed(folder / record.suite, name, entry)
    try:
        with gzip.open(path) as file:
            return verified(file.read(entry["bytes"] + 1), entry, path)
    except KeptError as error:
        raise PublishedError(str(error)) from None
    except (OSError, EOFError, zlib.error) as error:
        raise PublishedError(
            f"{path}: {name} of record {record.key} can't be read ({error}). Publish it again with "
            "`python -m bench export`."
        ) from None


def place_of(record: Record, name: str, kept: Path, folder: Path) -> Path:
    """Where a file that a record keeps lies: in this home, else where it is published.

    A published record that serves a bench here has its files nowhere else.

    Args:
        kept: the folder of this home's files (bench.records.kept).
        folder: e.g. reports/published.
    """
    entry = record.artefacts[name]
    local = kept / file_name(name, entry["digest"])
    return local if local.is_file() else _packed(folder / record.suite, name, entry)


def content_of(record: Record, name: str, kept: Path, folder: Path) -> bytes:
    """The content of that file, verified; see `place_of`.

    Raises:
        KeptError: it is in neither place, or isn't what the record says in this home.
        PublishedError: it isn't what the record says where it is published.
    """
    place = place_of(record, name, kept, folder)
    if place.is_file() and place.parent != kept:
        return artefact(record, name, folder)
    return read_kept(name, record.artefacts[name], kept)


def _packed(suite_folder: Path, name: str, entry: Mapping[str, Any]) -> Path:
    return suite_folder / "kept" / f"{file_name(name, entry['digest'])}.gz"


def _order(record: Record) -> tuple[str, str, str, str, str, int, str]:
    r = record
    return (r.suite, r.method, r.tier, r.task, r.variant, r.seed, r.key)
