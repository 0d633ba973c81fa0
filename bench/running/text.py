"""Text from a process that isn't trusted, made fit to be stored, shown and searched.

Here: taking out what a terminal, a browser or a database would act on or choke at, and cutting.
Not here: HTML, which templates escape.
"""

from __future__ import annotations

import math
import unicodedata
from typing import Any

REASON, LOG, WORD, VALUES, DEPTH = 1_000, 8_000, 200, 100_000, 12
"""The most that is kept: characters of a sentence, of a log and of a name or string among a
record's details; values in them; and how deep they may be nested."""

CUT = " [cut]"


def cleaned(text: str, most: int = LOG, lines: bool = False) -> str:
    """The text without surrogates, control and direction characters, its end kept where it is long.

    Args:
        most: characters that are kept.
        lines: whether line ends and tabs stay; else they become spaces.
    """
    kept = "".join(c if lines and c in "\n\t" else _harmless(c) for c in text[-4 * most :])
    return kept if len(kept) <= most else kept[-most:]


def sentence(text: str) -> str:
    """A reason: one line, its beginning kept where it is long."""
    kept = " ".join("".join(map(_harmless, text[: 4 * REASON])).split())
    return kept if len(kept) <= REASON else kept[: REASON - len(CUT)] + CUT


def _harmless(character: str) -> str:
    """The character, a space for one that separates, or nothing for one that controls.

    Cf are the invisible ones: direction, joining, tags. Cs are halves of pairs that no encoding
    takes, Co and Cn have no meaning of their own.
    """
    kind = unicodedata.category(character)
    if kind in ("Zs", "Zl", "Zp") or character in "\n\r\t\v\f":
        return " "
    return "" if kind in ("Cc", "Cf", "Cs", "Co", "Cn") else character


class Unstorable(ValueError):
    """Values that can't stand in a record; the message says why."""


def plain(value: Any, path: str = "details") -> Any:
    """JSON values as a record may hold them: strings cleaned and cut, numbers finite.

    Raises:
        Unstorable: they are too many, nested too deep, not JSON, or a number isn't finite.
    """
    return _plain(value, path, [VALUES], 0)


def _plain(value: Any, path: str, left: list[int], depth: int) -> Any:
    left[0] -= 1
    if left[0] < 0:
        raise Unstorable(f"{path.split('.')[0]} hold more than {VALUES} values")
    if depth > DEPTH:
        raise Unstorable(f"{path} is nested deeper than {DEPTH}")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > 2**63:
            raise Unstorable(f"{path} is a whole number beyond 2**63")
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Unstorable(f"{path} isn't finite")
        return value
    if isinstance(value, str):
        return sentence(value)
    if isinstance(value, dict):
        return {
            sentence(str(name))[:WORD]: _plain(part, f"{path}.{str(name)[:40]}", left, depth + 1)
            for name, part in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_plain(part, path, left, depth + 1) for part in value]
    raise Unstorable(f"{path} is a {type(value).__name__}, which JSON doesn't have")
