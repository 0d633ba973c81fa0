"""Published records: JSON lines, one file a method, so that two PRs never touch the same file.

Here: writing `<folder>/<suite>/<method>.jsonl`, sorted and stable, so that a diff shows what
changed; reading them back. Not here: the local store (bench.records.store).
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterable
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from bench.catalogue.registry import ROOT
from bench.records.record import Record
from bench.records.sound import refuse_wrong

PUBLISHED = ROOT / "reports" / "published"
"""The records that the public site is built from."""


class PublishedError(Exception):
    """A published file is wrong; the message says where and how to mend it."""


def write(
    records: Iterable[Record], folder: Path, kept_tasks: Container[tuple[str, str]] = ()
) -> list[Path]:
    """Write records as published files, each aside and renamed into place.

    A file's other tiers are kept; its lines of the same tier are replaced.

    Args:
        records: any; `infra` ones are left out, because they say nothing of the method.
        folder: e.g. reports/published.
        kept_tasks: (suite, task) whose lines are kept, because they can't be made anew here.
    Returns:
        The files written, sorted.
    Raises:
        PublishedError: a file can't be written; those before it are.
    """
    kept = sorted((r for r in records if r.status != "infra"), key=_order)
    written = []
    for (suite, method), group in groupby(kept, key=lambda r: (r.suite, r.method)):
        path = folder / suite / f"{method}.jsonl"
        new = list(group)
        tiers = {r.tier for r in new}
        old = [
            record
            for record in (_read_file(path) if path.is_file() else [])
            if record.tier not in tiers or (record.suite, record.task) in kept_tasks
        ]
        _replace(path, "".join(r.to_json() + "\n" for r in sorted([*old, *new], key=_order)))
        written.append(path)
    return written


def _replace(path: Path, text: str) -> None:
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


def read(folder: Path) -> list[Record]:
    """Every published record, sorted.

    Raises:
        PublishedError: a line isn't a record, or the folder isn't there.
    """
    if not folder.is_dir():
        raise PublishedError(f"{folder}: no such folder. Make it with `python -m bench export`.")
    files = sorted(folder.glob("*/*.jsonl"))
    return sorted((r for file in files for r in _read_file(file)), key=_order)


def _read_file(path: Path) -> list[Record]:
    records = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line:
            continue
        try:
            record = Record.from_json(line)
            refuse_wrong(record)
            records.append(record)
        except (ValueError, RecursionError) as error:
            raise PublishedError(
                f"{path}:{number}: {error}. Write the file anew with `python -m bench export`."
            ) from None
    return records


def _order(record: Record) -> tuple[str, str, str, str, str, int, str]:
    r = record
    return (r.suite, r.method, r.tier, r.task, r.variant, r.seed, r.key)
