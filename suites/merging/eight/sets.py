"""The eight data sets: their names, classes, and which outputs of the head are theirs.

Here: plain data, read without torch. Not here: drawing their images (suites.merging.eight.data).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from suites.merging.eight.sources import FONTS

CHARACTERS: Mapping[str, str] = {
    "capitals": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "small_letters": "abcdefghijklmnopqrstuvwxyz",
    "greek": "αβγδεζηθικλμνξοπρστυφχψω",
    "cyrillic": "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ",
    "symbols": "!#$%&?@§¶†‡©®±÷×=~{[€£¥∂",
}
"""Of the sets that are drawn with fonts: each class's character."""

CLASSES: Mapping[str, int] = {
    "mnist5k": 10,
    "digits": 10,
    "glyphs": 24,
    **{name: len(characters) for name, characters in CHARACTERS.items()},
}
"""How many classes each set has, in the order of experts, cells and outputs: 176 in all."""

TITLES: Mapping[str, str] = {
    "mnist5k": "MNIST",
    "digits": "Digits",
    "glyphs": "Glyphs",
    "capitals": "Capitals",
    "small_letters": "Small letters",
    "greek": "Greek",
    "cyrillic": "Cyrillic",
    "symbols": "Symbols",
}

Images = Mapping[str, Any]
"""The `images` part of a task's settings."""


def classes_of(images: Images) -> dict[str, range]:
    """Each set's classes, as numbers of the head's outputs: one set's after the other's."""
    found, first = {}, 0
    for name in images["sets"]:
        found[name] = range(first, first + CLASSES[name])
        first += CLASSES[name]
    return found


def outputs_of(images: Images) -> int:
    """How many outputs the head has."""
    return sum(CLASSES[name] for name in images["sets"])


def sources_of(names: Sequence[str]) -> tuple[str, ...]:
    """The data sources that some sets are read from, beside the network's weights."""
    real = tuple(name for name in names if name not in CHARACTERS and name != "glyphs")
    return (*real, FONTS) if set(names) & set(CHARACTERS) else real
