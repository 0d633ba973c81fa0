"""The sha256 of checkpoints, which takes longer than many a merge.

Here: several files at once, and what is known of a file from an earlier merge, by its place, size
and times: whoever writes a file changes the time of its last change, which can't be set back. Not
here: what the digests are for (suites.merging.apply.merging).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from threading import Event

PIECE = 2**22
"""Bytes that are read at once."""

REMEMBERED = 1000
"""Of how many files the digests are remembered."""

SETTLED = 2_000_000_000
"""Nanoseconds for which a file hasn't changed before its digest is remembered: within the clock's
resolution it could change again and look the same."""


class Digests:
    """What is known of files, in a JSON file: `device:inode:size:modified:changed` -> sha256."""

    def __init__(self, known: Path | None) -> None:
        """Read what is known; a file that can't be read is taken for empty.

        Args:
            known: where; None remembers nothing.
        """
        self._path, self._known = known, dict[str, str]()
        if known is not None:
            try:
                content = json.loads(known.read_text(encoding="utf-8"))
                self._known = {str(k): str(v) for k, v in content.items()}
            except (OSError, ValueError, AttributeError):
                pass

    @contextmanager
    def of(self, files: Iterable[Path], threads: int) -> Iterator[dict[str, Future[str]]]:
        """The digests of files as they come, by the files' names.

        Args:
            files: which.
            threads: how many are read at once.
        On leaving, work stops: what hasn't come by then is cancelled.
        """
        stop = Event()
        with ThreadPoolExecutor(threads) as pool:
            try:
                yield {str(file): pool.submit(self._digest, file, stop) for file in files}
            finally:
                stop.set()
                pool.shutdown(cancel_futures=True)

    def remember(self) -> None:
        """Write down what has been found; where that can't be done, it isn't."""
        if self._path is None:
            return
        aside = self._path.with_name(f"{self._path.name}.{os.getpid()}.tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            aside.write_text(json.dumps(dict([*self._known.items()][-REMEMBERED:]), indent=0))
            aside.replace(self._path)
        except OSError:
            aside.unlink(missing_ok=True)

    def _digest(self, file: Path, stop: Event) -> str:
        before = _state(file)
        if before in self._known:
            return self._known[before]
        digest = sha256()
        with file.open("rb", buffering=0) as opened:
            while not stop.is_set() and (piece := opened.read(PIECE)):
                digest.update(piece)
        if stop.is_set():
            raise CancelledError  # what was read of it may be a part
        if before and _state(file) == before:
            self._known[before] = digest.hexdigest()
        return digest.hexdigest()


def _state(file: Path) -> str:
    """What changes whenever a file does; "" where it has changed just now."""
    known = file.stat()
    settled = time.time_ns() - max(known.st_mtime_ns, known.st_ctime_ns) > SETTLED
    numbers = (known.st_dev, known.st_ino, known.st_size, known.st_mtime_ns, known.st_ctime_ns)
    return ":".join(map(str, numbers)) if settled else ""
