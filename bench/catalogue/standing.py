"""On which of its suite's tasks a reference stands.

Here: matching task names with the patterns that it declares. Not here: declaring them
(bench.contract.standing), tracks (bench.contract.suite.Task.admits).
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from bench.contract.suite import Task


def stands_on(task: Task, patterns: Sequence[str]) -> bool:
    """Whether a pattern matches the task's name; without any all tasks do."""
    return not patterns or any(fnmatchcase(task.name, pattern) for pattern in patterns)
