"""A table as text, Markdown, LaTeX, CSV or JSON.

CSV and JSON carry every column at full precision (docs/data-format.md). Text, Markdown and LaTeX
are to be read: they show the columns that a `Layout` chooses, with digits that stop where the
interval's half-width does, and each track as a table of its own.
Not here: which columns there are (reports.tables), what they mean (reports.fields).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reports.formats.data import as_csv, as_json, dumped
from reports.formats.latex import as_latex
from reports.formats.layout import Layout
from reports.formats.markdown import as_markdown
from reports.formats.text import as_text
from reports.frame import Table

__all__ = [
    "FORMATS",
    "LAID_OUT",
    "Layout",
    "as_csv",
    "as_json",
    "as_latex",
    "as_markdown",
    "as_text",
    "render",
    "render_all",
]

LAID_OUT: dict[str, Callable[[Table, Layout], str]] = {
    "text": as_text,
    "markdown": as_markdown,
    "latex": as_latex,
}
"""The formats for readers, whose columns and rows a layout chooses."""

FORMATS = ("text", "csv", "json", "latex", "markdown")
"""Every format that `table --format` knows."""


def render(table: Table, form: str, layout: Layout | None = None) -> str:
    """The table in one of `FORMATS`, ending in a newline.

    Raises:
        KeyError: there is no such format.
        ReportError: the layout names a column that the table doesn't have.
    """
    if form == "json":
        return as_json(table)
    if form == "csv":
        return as_csv(table)
    return LAID_OUT[form](table, layout or Layout())


def render_all(tables: Sequence[Table], form: str, layout: Layout | None = None) -> str:
    """Several tables, one after another; as JSON one array of all their rows."""
    if form == "json":
        return dumped([row for table in tables for row in table.rows()])
    return "\n".join(render(table, form, layout) for table in tables)
