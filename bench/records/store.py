"""The local store of records: one SQLite file in WAL mode.

Here: putting, finding and reading records. A record is on the disk when `put` returns, so what
was shown as done survives Ctrl-C, `kill -9` and a power cut. One writer at a time; a second one
waits. A damaged file is never written to: what can still be read of it is saved beside it. Not
here: the published records (bench.records.published), tables (reports).
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.records.record import Record

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    key TEXT PRIMARY KEY, suite TEXT NOT NULL, task TEXT NOT NULL, method TEXT NOT NULL,
    variant TEXT NOT NULL, tier TEXT NOT NULL, seed INTEGER NOT NULL, status TEXT NOT NULL,
    record TEXT NOT NULL, asked TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
"""
INDEX = "CREATE INDEX IF NOT EXISTS records_asked ON records (asked);"
COLUMNS = "key, suite, task, method, variant, tier, seed, status, record, asked"
VERSION = 2
CHUNK = 500
"""Keys looked up at once; SQLite's own limit on a statement's variables is above it."""


SEAL = ', "seal": "'
"""Before the digest of a stored record's text. SQLite wouldn't notice a flipped digit."""


LARGEST = 2**36
"""Bytes; a damaged header may claim any length."""


class Broken(ValueError):
    """A stored record isn't what was put."""


class StoreError(Exception):
    """The store can't be read or written; the message says why and what to do."""


class Store:
    """The records of one SQLite file.

    Args:
        path: the file; it and its folder are made where they are missing.
        create: False to refuse a file that isn't there.
    Raises:
        StoreError: it isn't there, isn't a store, is damaged, or can't be written.
    """

    def __init__(self, path: Path, create: bool = True) -> None:
        self.path = path
        if not create and not path.is_file():
            raise StoreError(f"{path}: no such store. Run `python -m bench run` to make one.")
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                raise StoreError(
                    f"{path}: written by a newer Weighhouse (format {version}, this one knows "
                    f"{VERSION}). Update this checkout, or name another file with --store."
                )
            with self._connection:
                self._connection.execute(SCHEMA)
                if version == 1:
                    self._connection.execute(
                        "ALTER TABLE records ADD COLUMN asked TEXT NOT NULL DEFAULT ''"
                    )
                self._connection.execute(INDEX)
                self._connection.execute(f"PRAGMA user_version={VERSION}")

    def put(self, records: Iterable[Record]) -> None:
        """Store records, replacing those of the same key; durable on return."""
        rows = [
            (
                *(r.key, r.suite, r.task, r.method, r.variant, r.tier, r.seed, r.status),
                *(_sealed(r), r.asked),
            )
            for r in records
        ]
        with self._explained(), self._connection:
            self._connection.executemany(
                f"INSERT OR REPLACE INTO records ({COLUMNS}) VALUES ({','.join('?' * 10)})", rows
            )

    def asked(self, asked: Iterable[str]) -> dict[str, list[Record]]:
        """The stored records of those identities (Record.asked), whatever code answered."""
        wanted = list(asked)
        records: dict[str, list[Record]] = {}
        for start in range(0, len(wanted), CHUNK):
            part = wanted[start : start + CHUNK]
            marks = ",".join("?" * len(part))
            for record in self._read(f"WHERE asked IN ({marks}) ORDER BY key", part):
                records.setdefault(record.asked, []).append(record)
        return records

    def records(self) -> list[Record]:
        """Every record, sorted by suite, method, tier, task, variant and seed."""
        return self._read("ORDER BY suite, method, tier, task, variant, seed, key", ())

    def of_tier(self, tier: str) -> list[Record]:
        """Every record of a tier, by key."""
        return self._read("WHERE tier = ? ORDER BY key", (tier,))

    def find(self, prefix: str) -> list[Record]:
        """The records whose key starts with that."""
        return self._read("WHERE substr(key, 1, ?) = ? ORDER BY key", (len(prefix), prefix))

    def version(self) -> int:
        """A number that differs once another process has written to the file."""
        with self._explained():
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Close the file. Nothing is lost without it."""
        self._connection.close()

    def _read(self, clause: str, values: Iterable[object]) -> list[Record]:
        with self._explained():
            rows = self._connection.execute(f"SELECT record FROM records {clause}", tuple(values))
            return [_unsealed(row[0]) for row in rows]

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, OSError, ValueError) as error:
            raise StoreError(_explain(self.path, error)) from error


def _sealed(record: Record) -> str:
    """A record's JSON with a digest of that JSON as its last entry."""
    text = record.to_json()
    return f'{text[:-1]}{SEAL}{sha256(text.encode()).hexdigest()}"}}'


def _unsealed(text: str) -> Record:
    """The record of a stored text; one that was put before there were seals has none."""
    body, sealed, seal = text.rpartition(SEAL)
    if sealed and sha256(f"{body}}}".encode()).hexdigest() != seal[:-2]:
        raise Broken("a record isn't what was stored")
    return Record.from_json(text)


def _rescue(path: Path) -> tuple[Path, int]:
    """Save what can be read of a damaged store beside it; the damaged file itself isn't touched.

    Returns:
        The new store's file, and how many records it holds; no file is made where that is 0.
    """
    saved = path.with_name(f"{path.stem}.rescued{path.suffix}")
    with TemporaryDirectory(dir=path.parent) as folder:
        readable = _readable(_padded_copy(path, Path(folder)))
        if readable:
            store = Store(Path(folder) / saved.name)
            store.put(readable)
            store.close()
            store.path.replace(saved)
    return saved, len(readable)


def _padded_copy(path: Path, folder: Path) -> Path:
    """A copy as long as its header says: SQLite reads nothing at all of a file that is shorter."""
    copy = folder / path.name
    for name in (path.name, f"{path.name}-wal"):
        if path.with_name(name).is_file():
            shutil.copyfile(path.with_name(name), folder / name)
    with copy.open("r+b") as file:
        header = file.read(100)
        page = int.from_bytes(header[16:18], "big")
        length = int.from_bytes(header[28:32], "big") * (65536 if page == 1 else page)
        if copy.stat().st_size < length < LARGEST:
            file.truncate(length)
    return copy


def _readable(damaged: Path) -> list[Record]:
    """The whole records of a damaged file, looked for in small ranges of keys.

    A query ends at the first damaged page, so that each range loses no more than its own.
    """
    bounds = ["", *(f"{i:03x}" for i in range(16**3)), chr(0x10FFFF)]
    readable: list[Record] = []
    with closing(sqlite3.connect(damaged)) as connection:
        connection.text_factory = lambda raw: raw.decode(errors="replace")
        for bound in pairwise(bounds):
            with suppress(sqlite3.DatabaseError):
                query = "SELECT record FROM records WHERE key >= ? AND key < ?"
                for (text,) in connection.execute(query, bound):
                    with suppress(ValueError):
                        readable.append(_unsealed(text))
    return readable


def _explain(path: Path, error: Exception) -> str:
    text = str(error)
    if "malformed" in text or "not a database" in text or isinstance(error, ValueError):
        mend = _mend_damage(path)
    elif any(words in text for words in ("full", "No space", "disk I/O", "quota", "too large")):
        mend = "Free some room there, or set WEIGHHOUSE_HOME to a folder with room; run again."
    elif "locked" in text:
        mend = "Another run is writing to it: wait for it to end, or name another with --store."
    else:
        mend = "Check that the folder can be written, or set WEIGHHOUSE_HOME to one that can."
    return f"{path}: the store can't be used ({text}). {mend}"


def _mend_damage(path: Path) -> str:
    saved, count = path, 0
    with suppress(sqlite3.Error, OSError, StoreError):
        saved, count = _rescue(path)
    if not count:
        return (
            "The file is damaged: move it away and run again (published records and assets are "
            "kept elsewhere and untouched)."
        )
    return (
        f"The file is damaged; {count} of its records are whole and saved in {saved}: move "
        f"{path.name}* away, rename that one to {path.name} and run again; only the others are "
        "made anew."
    )
