r"""Reads a LaTeX table back, as strictly as LaTeX itself would. Not here: tests.

It knows what our tables are made of: environments, groups, `\multicolumn`, columns `l`, `p` and
siunitx's `S`. Anything else that would stop LaTeX, or would shift a cell, is a ValueError.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")
ENVIRONMENT = re.compile(r"\\(begin|end)\{(\w+)\}")
SPECIFICATION = re.compile(
    r"l|>\{\\raggedright\\arraybackslash\}p\{(?:2\.7|4\.6)cm\}|S\[table-format=(-?\d+(?:\.\d+)?(?:e-?\d+)?)\]"
)


@dataclass(frozen=True)
class Tabular:
    """One table: caption, label, the columns' specifications, the cells of its head and rows."""

    caption: str
    label: str
    columns: list[str]
    head: list[str]
    rows: list[list[str]]
    notes: str


def read(text: str) -> list[Tabular]:
    """The tables of a file, each checked."""
    check_groups(text)
    check_environments(text)
    return [_table(part) for part in re.findall(r"\\begin\{table\}(.*?)\\end\{table\}", text, re.S)]


def check_groups(text: str) -> None:
    """Every brace has its other, and no special character stands bare."""
    depth = 0
    for line in text.splitlines():
        if line.startswith("%"):
            continue
        for token in re.findall(r"\\.|.", line):
            depth += {"{": 1, "}": -1}.get(token, 0)
            if depth < 0 or token in ("#", "%", "~", "^", "_") or not token.isprintable():
                raise ValueError(f"{token!r} in {line!r}")
    if depth or text.replace(r"\$", "").count("$") % 2:
        raise ValueError(f"{depth} groups are left open, or a formula is")


def check_environments(text: str) -> None:
    """Environments end in the order in which they began."""
    open_: list[str] = []
    for which, name in ENVIRONMENT.findall(text):
        if which == "begin":
            open_.append(name)
        elif not open_ or open_.pop() != name:
            raise ValueError(f"{name} ends but didn't begin")
    if open_:
        raise ValueError(f"{open_} don't end")


def _table(text: str) -> Tabular:
    caption, label = (re.search(rf"\\{c}\{{(.*)\}}\n", text)[1] for c in ("caption", "label"))
    begun = text.partition(r"\begin{tabular}")[2]
    specification, _, body = begun.partition("\n")
    columns = [match[0] for match in SPECIFICATION.finditer(specification[1:-1])]
    if "".join(columns) != specification[1:-1]:
        raise ValueError(f"a column of {specification} is unknown")
    lines = body.partition("\\end{tabular}")[0].strip().split("\n")
    if [lines[0], lines[2], lines[-1]] != [r"\toprule", r"\midrule", r"\bottomrule"]:
        raise ValueError(f"no booktabs: {lines[:3]}, {lines[-1]}")
    rows = [split(line) for line in lines[3:-1]]
    for row in rows:
        check_cells(row, columns)
    head = split(lines[1])
    widths = [int(w[1]) if (w := re.match(r"\\multicolumn\{(\d+)\}", cell)) else 1 for cell in head]
    if sum(widths) != len(columns):
        raise ValueError(f"{sum(widths)} headings over {len(columns)} columns")
    notes = body.partition("\\begin{minipage}{\\linewidth}\n")[2].partition("\\end{minipage}")[0]
    return Tabular(caption, label, columns, head, rows, notes)


def split(line: str) -> list[str]:
    """The cells of a row, which ends in a double backslash."""
    if not line.endswith(r" \\"):
        raise ValueError(f"a row doesn't end: {line!r}")
    cells, depth = [""], 0
    for token in re.findall(r"\\.|.", line.removesuffix(r" \\")):
        depth += {"{": 1, "}": -1}.get(token, 0)
        if token == "&" and depth == 0:
            cells.append("")
        else:
            cells[-1] += token
    return [cell.strip() for cell in cells]


def check_cells(row: list[str], columns: list[str]) -> None:
    """As many cells as columns; in a column of numbers, numbers that fit or braces."""
    if len(row) != len(columns):
        raise ValueError(f"{len(row)} cells in {len(columns)} columns: {row}")
    for cell, column in zip(row, columns, strict=True):
        for inner in re.findall(r"\\num\{(.*?)\}", cell):
            check_number(inner)
        if column.startswith("S") and not (cell.startswith("{") and cell.endswith("}")):
            number = cell.removeprefix(r"\bfseries ")
            check_number(number)
            check_room(number, SPECIFICATION.fullmatch(column)[1])


def check_number(text: str) -> None:
    """A number as siunitx reads it."""
    if not NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is no number of siunitx")


def check_room(number: str, room: str) -> None:
    """The column's format has room for the number: sign, digits before and after the point."""
    parts = [re.fullmatch(r"(-?)(\d+)\.?(\d*)(?:e(-?)(\d+))?", text) for text in (number, room)]
    sign, whole, part, _, power = parts[0].groups()
    has_sign, most, digits, _, powers = parts[1].groups()
    fits = len(whole) <= int(most) and len(part) <= int(digits or 0) and (has_sign or not sign)
    if not fits or (power and len(power) > int(powers or 0)):
        raise ValueError(f"{number} doesn't fit table-format={room}")
