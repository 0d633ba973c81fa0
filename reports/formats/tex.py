r"""Text and numbers as LaTeX takes them.

Here: escaping, numbers for siunitx and the room that a column of them needs, labels. Letters that
pdfTeX's fonts lack are written without their accents, or as their code. Not here: tables
(reports.formats.latex).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from reports.digits import MINUS

SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "[": "{[}",  # at the start of a row it would be an option of the line end before it
    "]": "{]}",
    "*": "{*}",
    "†": r"\dag{}",
    "‡": r"\ddag{}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "–": "--",
    "—": "---",
    MINUS: "$-$",
    "→": r"$\to$",
    "∞": r"$\infty$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "…": r"\ldots{}",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
}
GREEK = re.compile(r"GREEK SMALL LETTER (\w+)$")
GREEK_NAMES = {"LAMDA": "lambda", "OMICRON": ""}
NUMBER = re.compile(r"(?P<sign>-?)(?P<whole>\d+)(?:\.(?P<part>\d+))?(?:e(?P<power>-?\d+))?$")


def escaped(text: str) -> str:
    """Text with LaTeX's special characters, and those that its fonts lack, written out."""
    return "".join(map(_letter, text))


def _letter(letter: str) -> str:
    if letter in SPECIAL:
        return SPECIAL[letter]
    if letter.isascii():
        return letter if letter.isprintable() else " "
    greek = GREEK.match(unicodedata.name(letter, ""))
    if greek:
        name = GREEK_NAMES.get(greek[1], greek[1].lower().replace("final_", ""))
        return rf"$\{name}$" if name else "o"
    if "LATIN" in unicodedata.name(letter, "") and ord(letter) < 0x180:
        return letter
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return escaped(plain) if plain.strip() else f"U+{ord(letter):04X}"


def number(text: str) -> str:
    """A figure as siunitx reads it, never a negative zero."""
    plain = text.replace(MINUS, "-")
    return plain.removeprefix("-") if float(plain) == 0 else plain


def braced(text: str) -> str:
    """Words in a column of numbers."""
    return f"{{{text}}}"


def table_format(cells: Iterable[str]) -> str:
    """siunitx's `table-format` with room for every number among those cells: `-2.3`, `1.1e2`."""
    parsed = [match for match in map(NUMBER.match, cells) if match]
    if not parsed:
        return "1.0"
    sign = "-" if any(match["sign"] for match in parsed) else ""
    whole = max(len(match["whole"]) for match in parsed)
    part = max(len(match["part"] or "") for match in parsed)
    powers = [match["power"] for match in parsed if match["power"]]
    text = f"{sign}{whole}" + (f".{part}" if part else "")
    if powers:
        minus = "-" if any(power.startswith("-") for power in powers) else ""
        text += f"e{minus}{max(len(power.lstrip('-')) for power in powers)}"
    return text


def slug(text: str) -> str:
    """What a label takes: letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")
