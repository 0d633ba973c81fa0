"""Which errors become one sentence on standard error, and with which exit code.

Here: the table of the engine's own errors, the one that a heavy module raises, and the end of a
broken pipe. Any other error is a bug and keeps its traceback. Not here: the sentences, which are
made where the mistake is found.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.declaration import DeclarationError
from bench.plan import SelectionError
from bench.published import PublishedError
from bench.scaffold import ScaffoldError
from bench.store import StoreError


class ClusterError(Exception):
    """The scheduler can't be reached; the message says which and what to do.

    It stands here because the module that raises it, bench.executor, is slow to import.
    """


EXIT_CODES: dict[type[Exception], int] = {
    DeclarationError: 2,
    SelectionError: 2,
    PublishedError: 2,
    ScaffoldError: 2,
    StoreError: 1,
    ClusterError: 1,
}
"""2: what was typed or written is wrong; 1: the machine's state is."""


@contextmanager
def explained() -> Iterator[None]:
    """Turn the engine's own errors into one sentence and an exit code."""
    try:
        yield
    except tuple(EXIT_CODES) as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(EXIT_CODES[type(error)]) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise SystemExit(0) from None
