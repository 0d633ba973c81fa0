"""A table as text, CSV, JSON, LaTeX or Markdown.

CSV and JSON carry every column at full precision; text, LaTeX and Markdown show
`Table.columns` with digits that stop at the first significant digit of the interval's half-width.
Not here: which columns there are (reports.tables).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

from reports.digits import decimals, figure, signed, span, with_unit
from reports.frame import Column, Table

EQUAL = 1e-9
"""An interval narrower than this has no width but rounding."""

UNITS = {"flops": "FLOP", "seconds": "s", "bytes": "B"}
LATEX = {
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
    "†": r"\dag{}",
    "‡": r"\ddag{}",
    "±": r"$\pm$",
    "–": "--",
    "−": "$-$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
}


def render(table: Table, form: str) -> str:
    """The table in one of `FORMATS`, ending in a newline.

    Raises:
        KeyError: there is no such format.
    """
    return FORMATS[form](table)


def render_all(tables: Sequence[Table], form: str) -> str:
    """Several tables, one after another; as JSON one array of all their rows."""
    if form == "json":
        return _dumped([row for table in tables for row in table.rows()])
    return "\n".join(render(table, form) for table in tables)


def as_json(table: Table) -> str:
    """An array with one object a row, full precision, null where there is no value."""
    return _dumped(table.rows())


def _dumped(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def as_csv(table: Table) -> str:
    """Every column at full precision, RFC 4180 with newlines as line ends, empty for no value."""
    text = io.StringIO()
    writer = csv.DictWriter(text, table.names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table.rows())
    return text.getvalue()


def as_text(table: Table) -> str:
    """Columns aligned with spaces, figures to the right; title above, notes below."""
    heads = [c.title for c in table.columns]
    body = cells(table)
    widths = [max(len(row[i]) for row in (heads, *body)) for i in range(len(heads))]
    left = [c.kind == "text" for c in table.columns]

    def line(row: list[str]) -> str:
        padded = (
            value.ljust(width) if to_left else value.rjust(width)
            for value, width, to_left in zip(row, widths, left, strict=True)
        )
        return "  ".join(padded).rstrip()

    lines = [table.title, "", line(heads), "  ".join("-" * w for w in widths)]
    lines += [line(row) for row in body]
    lines += ["", *table.notes] if table.notes else []
    return "\n".join(lines) + "\n"


def as_markdown(table: Table) -> str:
    """A pipe table (GitHub's flavour), notes as a list under it."""

    def line(row: list[str]) -> str:
        return "| " + " | ".join(v.replace("\\", "\\\\").replace("|", "\\|") for v in row) + " |"

    lines = [f"**{table.title}**", "", line([c.title for c in table.columns])]
    lines.append("|" + "|".join(" --- " if c.kind == "text" else " ---: " for c in table.columns))
    lines[-1] += "|"
    lines += [line(row) for row in cells(table)]
    lines += ["", *(f"- {note}" for note in table.notes)] if table.notes else []
    return "\n".join(lines) + "\n"


def as_latex(table: Table) -> str:
    """A booktabs tabular in a table environment, every cell escaped; needs `booktabs`."""

    def line(row: list[str]) -> str:
        return " & ".join(escaped(value) for value in row) + r" \\"

    notes = " ".join(table.notes)
    lines = [
        "% needs \\usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escaped(' '.join([table.title + '.', notes]).strip())}}}",
        rf"\begin{{tabular}}{{{''.join('l' if c.kind == 'text' else 'r' for c in table.columns)}}}",
        r"\toprule",
        line([c.title for c in table.columns]),
        r"\midrule",
        *(line(row) for row in cells(table)),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text with LaTeX's special characters written out."""
    return "".join(LATEX.get(letter, letter) for letter in text)


def cells(table: Table) -> list[list[str]]:
    """What each column shows of each row."""
    return [[_shown(column, row) for column in table.columns] for row in table.rows()]


def _shown(column: Column, row: dict[str, Any]) -> str:
    value = row.get(column.name)
    if column.kind == "text":
        return _text(value)
    if column.kind == "place":
        return _place(column.name, row)
    if value is None:
        return "–"
    if column.kind in UNITS:
        mark = "‡ " if column.kind == "flops" and row.get("unmetered") else ""
        return mark + " ".join(with_unit(float(value), UNITS[column.kind])).strip()
    if column.kind == "behind":
        return _behind(column.name, row)
    return _estimate(column, row)


def _behind(name: str, row: dict[str, Any]) -> str:
    """`−0.026 (−0.061 to 0.009)`, two digits of the half-width; the lead is called so."""
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    if not row.get(f"{name}_in"):
        return "lead"
    if low is None or high is None or high - low <= EQUAL:
        return signed(float(row[name]))
    places = decimals((high - low) / 2) + 1
    return f"{signed(float(row[name]), places)} ({span(low, high, places)})"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    return str(value)


def _place(name: str, row: dict[str, Any]) -> str:
    """`3= (3–5)`; nothing for references."""
    if row[name] is None:
        return row.get("role") or ("reference" if row.get("kind") == "reference" else "")
    shared = "=" if row.get("tied") else ""
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    return f"{row[name]}{shared}" + (f" ({low}–{high})" if low != high else "")


def _estimate(column: Column, row: dict[str, Any]) -> str:
    """`0.69 (0.67–0.71)`, with † where failed runs are in it."""
    value = float(row[column.name])
    low, high = row.get(f"{column.name}_low"), row.get(f"{column.name}_high")
    shown = figure(value, column.places)
    if low is not None and high is not None and high - low > EQUAL:
        places = decimals((high - low) / 2, column.least)
        shown = f"{figure(value, places)} ({span(low, high, places)})"
    return _flagged(column.name, row, shown)


def _flagged(name: str, row: dict[str, Any], shown: str) -> str:
    """A score with failed runs in it says in how many tasks (or seeds), a mean that lacks runs
    because it isn't applicable to them says how many."""
    if row.get(f"{name}_absent"):
        return f"{shown}, – in {row[f'{name}_absent']}"
    if name != "score" or not row.get("failed") or row.get("rank") is None:
        return shown
    return f"†{row.get('tasks_failed') or row['failed']} {shown}"


FORMATS: dict[str, Callable[[Table], str]] = {
    "text": as_text,
    "csv": as_csv,
    "json": as_json,
    "latex": as_latex,
    "markdown": as_markdown,
}
"""Every format that `table --format` knows."""
