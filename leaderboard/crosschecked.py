"""What each method was held against, as docs/crosscheck.md has it.

Here: reading that page's tables. Not here: the comparisons (tests/crosscheck), which write it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "crosscheck.md"

ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.*?) ?\|$")

Checks = Mapping[tuple[str, str], Sequence[tuple[str, str]]]
"""(suite, method) -> what it was held against, and what came of it; "" where nothing could be."""


def read_checks(page: Path = PAGE) -> Checks:
    """Each row of the page's tables; none without the page."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    suite = ""
    for line in page.read_text(encoding="utf-8").splitlines() if page.is_file() else []:
        if line.startswith("## "):
            suite = line.removeprefix("## ").strip()
        elif row := ROW.match(line):
            method, beside, result = row.groups()
            found.setdefault((suite, method), []).append((beside, result))
    return found
