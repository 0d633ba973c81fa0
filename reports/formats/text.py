"""A table as text that fits a terminal of 100 columns.

Here: how columns share the width, and how cells and notes go on in a next line. Not here: what is
shown (reports.formats.layout), what a cell says (reports.formats.cells).
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, chop_cells

from reports.formats.cells import cells
from reports.formats.layout import WIDTH, Layout, chosen_columns, need_letters, notes_under
from reports.formats.layout import sections as sections_of
from reports.frame import Column, Table, one_line

GAP = "  "
LEAST = 4
"""Columns of the terminal that a column of the table has at least."""
ENOUGH = 13
"""And that one of text keeps while figures can still be broken between their parts."""


def as_text(table: Table, layout: Layout | None = None) -> str:
    """Columns aligned with spaces, figures to the right; title and sentences above, notes below.

    No line is longer than 100 columns, unless the layout is wide or so many columns are asked for
    that they can't be had with `LEAST` columns each.
    """
    layout = layout or Layout()
    columns = chosen_columns(table, layout)
    shown = sections_of(table, layout)
    letters = need_letters(table.needs)
    bodies = [cells(columns, section.rows, letters) for section in shown]
    heads = [column.title for column in columns]
    everything = [row for body in bodies for row in body]
    widths = _widths(columns, heads, everything, None if layout.wide else WIDTH)
    above = table.said()
    lines = [*wrapped(one_line(table.title), WIDTH), ""]
    for section, body in zip(shown, bodies, strict=True):
        lines += [section.title, ""] if len(shown) > 1 else []
        said = " ".join(above.get(section.track, ())).replace("**", "")
        lines += [*wrapped(one_line(said), WIDTH), ""] if said else []
        lines += _block(columns, heads, body, widths)
        lines += [""]
    for note in notes_under(table, columns, shown):
        lines += wrapped(note, WIDTH)
    return "\n".join(lines).rstrip("\n") + "\n"


def _block(
    columns: Sequence[Column], heads: list[str], body: list[list[str]], widths: list[int]
) -> list[str]:
    """A heading, a rule and rows; what is too long for its column goes on in the next line."""
    lines = _lines(columns, heads, widths)
    lines.append(GAP.join("-" * width for width in widths))
    for row in body:
        lines += _lines(columns, row, widths)
    return lines


def _lines(columns: Sequence[Column], row: Sequence[str], widths: Sequence[int]) -> list[str]:
    parts = [wrapped(text, width) for text, width in zip(row, widths, strict=True)]
    height = max(map(len, parts), default=0)
    lines = []
    for i in range(height):
        padded = (
            _padded(part[i] if i < len(part) else "", width, column.kind in ("text", "needs"))
            for part, width, column in zip(parts, widths, columns, strict=True)
        )
        lines.append(GAP.join(padded).rstrip())
    return lines


def _padded(text: str, width: int, to_left: bool) -> str:
    space = " " * (width - cell_len(text))
    return text + space if to_left else space + text


def _widths(
    columns: Sequence[Column], heads: list[str], body: list[list[str]], most: int | None
) -> list[int]:
    """How wide each column is, so that all fit; None for as wide as they like.

    Where they are too wide, headings give way first, then texts between words, then figures
    between their parts; at last words are cut, those of texts before others.
    """
    stages = [
        _stages(column, head, [row[i] for row in body])
        for i, (column, head) in enumerate(zip(columns, heads, strict=True))
    ]
    widths, *floors = map(list, zip(*stages, strict=True))
    for least in floors if most is not None else []:
        _shrink(widths, least, (most or 0) - len(GAP) * (len(columns) - 1))
    return widths


def _stages(column: Column, head: str, cells_: Sequence[str]) -> tuple[int, ...]:
    """A column's width as it likes it, then the least that it keeps in each stage of shrinking."""
    is_text = column.kind in ("text", "needs")
    filled = max(map(cell_len, cells_), default=0)
    words = max(map(_longest_word, [head, *cells_]))
    between_words = max(words, min(filled, ENOUGH)) if is_text else words
    return (
        max(cell_len(head), filled),
        max(_longest_word(head), filled),
        between_words if is_text else max(_longest_word(head), filled),
        between_words,
        words,
        LEAST if is_text else words,
        LEAST,
    )


def _shrink(widths: list[int], least: Sequence[int], most: int) -> None:
    """Take from the widest that may give, until the sum fits or none may."""
    while sum(widths) > most:
        giving = [i for i, width in enumerate(widths) if width > least[i]]
        if not giving:
            return
        widths[max(giving, key=lambda i: widths[i])] -= 1


def _longest_word(text: str) -> int:
    return max(map(cell_len, text.split(" ")))


def wrapped(text: str, width: int) -> list[str]:
    """Text in lines of at most so many columns, broken at spaces; longer words are cut."""
    lines = [""]
    for word in text.split(" "):
        pieces = chop_cells(word, width) if cell_len(word) > width else [word]
        for number, piece in enumerate(pieces):
            joined = f"{lines[-1]} {piece}" if lines[-1] else piece
            if number == 0 and cell_len(joined) <= width:
                lines[-1] = joined
            else:
                lines.append(piece)
    return lines if lines[0] or len(lines) == 1 else lines[1:]
