"""One bench at a time on a home and on a store.

Two benches side by side would build the same assets and make the same runs, and slow each other's
runs down. Here: holding both, who holds them, and waiting. The kernel lets go of what a dead
process held, `kill -9` included; where nodes share a file system, a lock holds for all of them. Not
here: planning anew after waiting (commands.progress).
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from bench.records.home import HomeError, unwritable

LOCK = "bench.lock"
POLL = 0.2
"""Seconds between two looks at a lock that another process holds."""


class BusyError(Exception):
    """Another bench is at work there and isn't waited for; the message says which."""


@contextmanager
def alone(home: Path, store: Path, announce: Callable[[str], None] | None) -> Iterator[bool]:
    """Hold a home and a store for a while; who holds them already goes on at once.

    Args:
        announce: called with a sentence before another bench is waited for; None not to wait.
    Yields:
        Whether another one was waited for.
    Raises:
        BusyError: another bench is at work there, and it isn't waited for.
        HomeError: the lock can't be written.
    """
    files = [home / LOCK]
    if home.resolve() not in store.resolve().parents:
        files.append(store.with_name(f"{store.name}.lock"))
    waited = False
    with ExitStack() as held:
        for file in files:
            waited |= _hold(file, announce, held)
        yield waited


def _hold(file: Path, announce: Callable[[str], None] | None, held: ExitStack) -> bool:
    """Hold one lock until the stack is left; whether another bench was waited for."""
    from filelock import FileLock, Timeout  # what is served needs no lock, and starts at once

    lock = FileLock(file, is_singleton=True)
    mine, waited = lock.is_locked, False
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            sentence = f"another bench is at work in {file.parent}{_owner(file)}."
            if announce is None:
                raise BusyError(
                    f"{sentence} Wait for it to end (without --no-wait), or set WEIGHHOUSE_HOME "
                    "to a folder of its own."
                ) from None
            announce(
                f"{sentence} Waiting for it: what it makes is served then (--no-wait doesn't wait)."
            )
            waited = True
            lock.acquire(poll_interval=POLL)
    except OSError as error:
        raise HomeError(unwritable(file.parent, error)) from None
    held.callback(lock.release)
    if not mine:
        _sign(file)
        held.callback(_words(file).unlink, missing_ok=True)
    return waited


def _words(file: Path) -> Path:
    """Where it stands who holds a lock."""
    return file.with_suffix(".json")


def _sign(file: Path) -> None:
    """Say who holds a lock. It is for people alone: where it can't be written, nothing is lost."""
    owner = {
        "machine": os.uname()[1],
        "process": os.getpid(),
        "command": f"python -m bench {shlex.join(sys.argv[1:])}",
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
    with suppress(OSError):
        _words(file).write_text(json.dumps(owner), encoding="utf-8")


def _owner(file: Path) -> str:
    """Who holds a lock, as far as is known: `: process 12 on node3 since ..., `python ...``."""
    try:
        owner = json.loads(_words(file).read_text(encoding="utf-8"))
        return (
            f": process {owner['process']} on {owner['machine']} since {owner['since']}, "
            f"`{owner['command']}`"
        )
    except (OSError, ValueError, KeyError, TypeError):
        return ""
