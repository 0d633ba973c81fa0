"""Data that a page's scripts read, as scripts: a page opened from a disk may not read other files.

Not here: what the data are (leaderboard.carried, leaderboard.documents).
"""

from __future__ import annotations

import json
from math import isfinite
from typing import Any


def finite(value: float) -> float | None:
    """The number; None, which is JSON's null, for NaN and infinity, which JSON hasn't."""
    return value if isfinite(value) else None


def holding(name: str, value: Any) -> str:
    """A script that makes a JSON value `weighhouse.NAME`.

    Raises:
        ValueError: a number is NaN or infinite, which JSON hasn't.
    """
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return f"(globalThis.weighhouse ??= {{}}).{name} = {text};\n"
