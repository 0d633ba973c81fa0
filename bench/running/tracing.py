"""Which functions of some files a child process runs: for `carry`, which asks that of every edit.

The variable WEIGHHOUSE_WATCH names a file with the functions to look for, a line each
(`suites/common/trainer.py:train`). Each child then follows its calls, and the process that started
it appends the functions that ran to the same file's name with `.ran`. Following calls changes no
digit; it costs a fraction of a microsecond a call. Here: following, and the two files. Not here:
which functions are worth a look (bench.planning.changed).
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

REPOSITORY = f"{Path(__file__).resolve().parents[2]}{os.sep}"

WATCH = "WEIGHHOUSE_WATCH"
"""The variable that names the file of functions to look for."""


class Follower:
    """Follows every call of this process from now on.

    Args:
        wanted: functions, `<file relative to the repository>:<qualified name>`.
    """

    def __init__(self, wanted: Iterable[str]) -> None:
        self._wanted = frozenset(wanted)
        self._seen: dict[CodeType, None] = {}
        threading.settrace(self._follow)
        sys.settrace(self._follow)

    def _follow(self, frame: FrameType, event: str, argument: Any) -> None:
        self._seen[frame.f_code] = None

    def ran(self) -> list[str]:
        """Those of the wanted functions that were called so far; ends the following."""
        sys.settrace(None)
        threading.settrace(None)
        called = {
            f"{code.co_filename.removeprefix(REPOSITORY)}:{code.co_qualname}"
            for code in self._seen
            if code.co_filename.startswith(REPOSITORY)
        }
        return sorted(called & self._wanted)


def follow() -> Follower | None:
    """Follow this process's calls, where the variable asks for it."""
    file = os.environ.get(WATCH)
    return Follower(Path(file).read_text(encoding="utf-8").splitlines()) if file else None


def note(functions: Iterable[str]) -> None:
    """Append functions that ran to the file beside the one that the variable names."""
    file = os.environ.get(WATCH)
    lines = "".join(f"{function}\n" for function in functions)
    if file and lines:
        with Path(f"{file}.ran").open("a", encoding="utf-8") as opened:
            opened.write(lines)
