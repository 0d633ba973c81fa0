"""Which errors become one sentence on standard error, and with which exit code.

Here: the table of the engine's own errors, and the end of a broken pipe. Any other error is a bug
and keeps its traceback. Not here: the sentences, which are made where the mistake is found.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.catalogue.decorated import DeclarationError
from bench.planning.sample import CarryError
from bench.planning.selection import SelectionError
from bench.records.lock import BusyError
from bench.records.published import PublishedError
from bench.records.store import StoreError
from bench.running.cluster import ClusterError
from commands.practitioner import ApplyError
from commands.scaffold import ScaffoldError
from reports.errors import ReportError

EXIT_CODES: dict[type[Exception], int] = {
    DeclarationError: 2,
    SelectionError: 2,
    PublishedError: 2,
    ScaffoldError: 2,
    ApplyError: 2,
    CarryError: 2,
    StoreError: 1,
    BusyError: 1,
    ReportError: 1,
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
        code = next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))
        raise SystemExit(code) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise SystemExit(0) from None
