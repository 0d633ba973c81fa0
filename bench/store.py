"""The local store of records: one SQLite file in WAL mode.

Here: putting, finding and reading records. A record is on the disk when `put` returns, so what
was shown as done survives Ctrl-C, `kill -9` and a power cut. One writer at a time; a second one
waits. Not here: the published records (bench.published), tables (reports).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.record import Record

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    key TEXT PRIMARY KEY, suite TEXT NOT NULL, task TEXT NOT NULL, method TEXT NOT NULL,
    variant TEXT NOT NULL, tier TEXT NOT NULL, seed INTEGER NOT NULL, status TEXT NOT NULL,
    record TEXT NOT NULL
) WITHOUT ROWID;
"""
VERSION = 1
CHUNK = 500
"""Keys looked up at once; SQLite's own limit on a statement's variables is above it."""


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
                self._connection.execute(f"PRAGMA user_version={VERSION}")

    def put(self, records: Iterable[Record]) -> None:
        """Store records, replacing those of the same key; durable on return."""
        rows = [
            (r.key, r.suite, r.task, r.method, r.variant, r.tier, r.seed, r.status, r.to_json())
            for r in records
        ]
        with self._explained(), self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
            )

    def get(self, keys: Iterable[str]) -> dict[str, Record]:
        """The stored records among those keys, by key."""
        wanted = list(keys)
        found: dict[str, Record] = {}
        for start in range(0, len(wanted), CHUNK):
            part = wanted[start : start + CHUNK]
            marks = ",".join("?" * len(part))
            for record in self._read(f"WHERE key IN ({marks})", part):
                found[record.key] = record
        return found

    def records(self) -> list[Record]:
        """Every record, sorted by suite, method, tier, task, variant and seed."""
        return self._read("ORDER BY suite, method, tier, task, variant, seed, key", ())

    def find(self, prefix: str) -> list[Record]:
        """The records whose key starts with that."""
        return self._read("WHERE substr(key, 1, ?) = ? ORDER BY key", (len(prefix), prefix))

    def close(self) -> None:
        """Close the file. Nothing is lost without it."""
        self._connection.close()

    def _read(self, clause: str, values: Iterable[object]) -> list[Record]:
        with self._explained():
            rows = self._connection.execute(f"SELECT record FROM records {clause}", tuple(values))
            return [Record.from_json(row[0]) for row in rows]

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, OSError, ValueError) as error:
            raise StoreError(_explain(self.path, error)) from error


def _explain(path: Path, error: Exception) -> str:
    text = str(error)
    if "malformed" in text or "not a database" in text or isinstance(error, ValueError):
        mend = (
            "The file is damaged: move it away and run again (published records and assets are "
            "kept elsewhere and untouched)."
        )
    elif "full" in text or "No space" in text or "disk I/O" in text:
        mend = "Free some room there, or set WEIGHHOUSE_HOME to a folder with room; run again."
    elif "locked" in text:
        mend = "Another run is writing to it: wait for it to end, or name another with --store."
    else:
        mend = "Check that the folder can be written, or set WEIGHHOUSE_HOME to one that can."
    return f"{path}: the store can't be used ({text}). {mend}"
