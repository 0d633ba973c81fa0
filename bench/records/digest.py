"""One digest of plain JSON values: what keys are made of.

Here: the digest and its lengths. Not here: what goes into a key (bench.planning), digests of files
(bench.records.assets).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

LENGTH = 24
"""Hex digits of a key: 96 bits."""

SHORT = 12
"""Hex digits of one part of a key."""


def digest(value: Any, length: int = LENGTH) -> str:
    """A digest of a plain JSON value, whatever the order of its mappings.

    Raises:
        TypeError: it holds something that isn't plain.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain)
    return sha256(text.encode()).hexdigest()[:length]


def _plain(value: Any) -> Any:
    """Mappings and sequences of the declarations as JSON's own; anything else is a mistake."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (frozenset, set)):
        return sorted(value)
    raise TypeError(f"{value!r} can't enter a key: declare plain JSON values")
