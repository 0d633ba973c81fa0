"""A table as Markdown (GitHub's flavour): pipe tables, notes as a list.

Not here: what is shown (reports.formats.layout), what a cell says (reports.formats.cells).
"""

from __future__ import annotations

from collections.abc import Sequence

from reports.formats.cells import cells
from reports.formats.layout import Layout, chosen_columns, need_letters, notes_under, sections
from reports.frame import Table, one_line


def as_markdown(table: Table, layout: Layout | None = None) -> str:
    """Sentences and a pipe table for each track, notes as a list under them."""
    layout = layout or Layout()
    columns = chosen_columns(table, layout)
    shown = sections(table, layout)
    letters = need_letters(table.needs)
    rule = "|" + "|".join(" --- " if c.kind in ("text", "needs") else " ---: " for c in columns)
    above = table.said()
    lines = [f"**{one_line(table.title)}**"]
    for section in shown:
        lines += ["", f"{_escaped(section.title)}:"] if len(shown) > 1 else []
        said = " ".join(above.get(section.track, ()))
        lines += ["", one_line(said)] if said else []
        lines += ["", _line([c.title for c in columns]), rule + "|"]
        lines += [_line(row) for row in cells(columns, section.rows, letters)]
    notes = notes_under(table, columns, shown)
    lines += ["", *(f"- {note}" for note in notes)] if notes else []
    return "\n".join(lines) + "\n"


def _line(row: Sequence[str]) -> str:
    return "| " + " | ".join(map(_escaped, row)) + " |"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")
