r"""A table as LaTeX for a paper: booktabs, numbers by siunitx, a table and a label for each track.

Here: tables and their cells. Each column of a table becomes one or more of LaTeX's: a mean is
aligned at its decimal point, its interval stands beside it. Of the rows of rank 1 the rank, the
method and what it is ranked by are bold: a bold cost would read as the lowest. Not here: what
is shown (reports.formats.layout), its digits (reports.formats.cells), escaping
(reports.formats.tex).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from reports.digits import significant
from reports.formats.cells import (
    behind_about,
    failed,
    interval,
    lettered,
    place,
    places,
    words,
)
from reports.formats.layout import (
    Layout,
    Row,
    Section,
    chosen_columns,
    need_letters,
    notes_under,
    sections,
)
from reports.formats.tex import braced, escaped, number, slug, table_format
from reports.frame import Column, Table, one_line

NONE = "{--}"
LONG_HEAD = 10
"""Letters from which on a heading over numbers is stacked."""
FEW = 9
"""Columns of LaTeX's that fit a page of 6.5 inches at `footnotesize`."""
LINE = "2.7cm"
"""How wide a method's name may be beside more of them."""
LONG_NAME, LONG_LINE = 36, "4.6cm"
"""Letters from which on a name goes on in a second line beside few columns, and how wide it
may be there."""
HEADS = {"seconds": " (s)", "bytes": " (MB)", "flops": ""}


@dataclass(frozen=True)
class Strand:
    """One column of LaTeX's `tabular`.

    Attributes:
        align: `l`, `p` for text in lines of `width`, or `S` for numbers, whose format comes from
            them.
        cells: one a row; of `S`, numbers or what stands in braces.
        marks_first: whether it is bold where a row has rank 1.
        width: of a line of text.
    """

    align: str
    cells: list[str]
    marks_first: bool = False
    width: str = LINE

    @property
    def spec(self) -> str:
        """What `tabular` is told of it."""
        if self.align == "p":
            return rf">{{\raggedright\arraybackslash}}p{{{self.width}}}"
        if self.align != "S":
            return self.align
        return f"S[table-format={table_format(self.cells)}]"


def as_latex(table: Table, layout: Layout | None = None) -> str:
    """A table environment for each track; needs booktabs and siunitx, and nothing else."""
    layout = layout or Layout()
    columns = chosen_columns(table, layout)
    shown = sections(table, layout)
    lines = ["% needs \\usepackage{booktabs, siunitx}"]
    for section in shown:
        lines += _environment(table, columns, section, several=len(shown) > 1)
    return "\n".join(lines) + "\n"


def _environment(
    table: Table, columns: Sequence[Column], section: Section, several: bool
) -> list[str]:
    title = one_line(table.title) + (f": {section.title}" if several else "")
    letters = need_letters(table.needs)
    groups = [_strands(column, section.rows, letters) for column in columns]
    many = sum(map(len, groups)) > FEW
    width = LINE if many else LONG_LINE
    groups = [
        [replace(group[0], align="p", width=width)]
        if column.name == "label" and (many or max(map(len, group[0].cells), default=0) > LONG_NAME)
        else group
        for column, group in zip(columns, groups, strict=True)
    ]
    strands = [strand for group in groups for strand in group]
    bold = [row.get("rank") == 1 for row in section.rows]
    notes = notes_under(table, columns, [section])
    return [
        r"\begin{table}",
        r"\centering",
        r"\scriptsize" if many else r"\footnotesize",
        rf"\setlength{{\tabcolsep}}{{{2 if many else 3}pt}}",
        r"\sisetup{detect-weight=true}",
        rf"\caption{{{escaped(title)}}}",
        rf"\label{{{label(table, section)}}}",
        rf"\begin{{tabular}}{{{''.join(strand.spec for strand in strands)}}}",
        r"\toprule",
        " & ".join(_heads(columns, groups)) + r" \\",
        r"\midrule",
        *_body(strands, bold),
        r"\bottomrule",
        r"\end{tabular}",
        *_under((*(["Bold: rank 1."] if any(bold) else []), *notes)),
        r"\end{table}",
    ]


def label(table: Table, section: Section) -> str:
    """`tab:weighhouse-merging-compose-near-single`: suite, task, track, part; what there is."""
    rows = section.rows
    shared = ({row.get(name) for row in rows} for name in ("suite", "task", "track"))
    known = [str(values.pop()) for values in shared if len(values) == 1 and values != {None}]
    parts = [slug(part) for part in (*known, table.part) if part]
    return "-".join(["tab:weighhouse", *parts])


def _under(notes: Sequence[str]) -> list[str]:
    """Notes in a box as wide as the text, so that no further package is needed."""
    if not notes:
        return []
    return [
        r"\par\smallskip",
        r"\begin{minipage}{\linewidth}",
        *(escaped(note) + r"\par" for note in notes),
        r"\end{minipage}",
    ]


def _heads(columns: Sequence[Column], strands: Sequence[Sequence[Strand]]) -> Iterator[str]:
    for column, group in zip(columns, strands, strict=True):
        title = escaped(column.title + HEADS.get(column.kind, ""))
        if len(group) > 1:
            yield rf"\multicolumn{{{len(group)}}}{{c}}{{{title}}}"
        else:
            yield braced(_stacked(title)) if group[0].align == "S" else title


def _stacked(title: str) -> str:
    """A long heading over numbers, a word a line: it would be wider than they are."""
    if len(title) <= LONG_HEAD or " " not in title:
        return title
    words_below = r" \\ ".join(title.split(" "))
    return rf"\shortstack{{{words_below}}}"


def _body(strands: Sequence[Strand], bold: Sequence[bool]) -> Iterator[str]:
    for i, strong in enumerate(bold):
        cells = [strand.cells[i] for strand in strands]
        if strong:
            pairs = zip(cells, strands, strict=True)
            cells = [_bold(cell, strand) if strand.marks_first else cell for cell, strand in pairs]
        yield " & ".join(cells) + r" \\"


def _bold(cell: str, strand: Strand) -> str:
    """A cell in bold; siunitx takes a number's weight from what stands before it."""
    if strand.align == "S":
        return cell if cell.startswith("{") else rf"\bfseries {cell}"
    return rf"\textbf{{{cell}}}"


def _strands(column: Column, rows: Sequence[Row], letters: Mapping[str, str]) -> list[Strand]:
    """What a column becomes."""
    first = column.name in ("rank", "label", "score") or column.name.startswith("order.")
    if column.kind in ("text", "place", "needs"):
        return [Strand("l", [_words(column, row, letters) for row in rows], first)]
    if column.kind == "span":
        return [Strand("l", [_interval(column, row) or NONE for row in rows])]
    numbers = Strand("S", [_number(column, row) for row in rows], first)
    beside: list[Callable[[Column, Row], str]] = [_about, _absent]
    if not column.brief or column.kind == "behind":
        beside.insert(0, _interval)
    others = ([part(column, row) for row in rows] for part in beside)
    return [numbers, *(Strand("l", cells) for cells in others if any(cells))]


def _words(column: Column, row: Row, letters: Mapping[str, str]) -> str:
    value = row.get(column.name)
    if column.kind == "place":
        return escaped(place(column.name, row))
    if column.kind == "needs":
        return escaped(lettered(value, letters))
    text = escaped(words(value))
    return text + _marks(row) if column.name == "label" else text


def _marks(row: Row) -> str:
    """What the notes explain of a row, at its name: numbers stay aligned."""
    marks = [rf"\dag {failed(row)}"] if failed(row) else []
    marks += [r"\ddag"] if row.get("unmetered") else []
    return rf"\textsuperscript{{{', '.join(marks)}}}" if marks else ""


def _number(column: Column, row: Row) -> str:
    value = row.get(column.name)
    if value is None or not isfinite(float(value)):
        return NONE
    if column.kind == "flops":
        return _scientific(float(value))
    if column.kind == "seconds":
        return number(significant(float(value)))
    if column.kind == "bytes":
        return number(significant(float(value) / 1e6))
    if column.kind == "behind" and not row.get(f"{column.name}_in"):
        return "{lead}"
    return number(f"{float(value):.{places(column, row)}f}")


def _scientific(value: float) -> str:
    """Two digits and a power of ten: 8.3e8."""
    if value == 0:
        return "0"
    digits, power = f"{value:.1e}".split("e")
    return f"{digits}e{int(power)}"


def _interval(column: Column, row: Row) -> str:
    ends = interval(column.name, row)
    if ends is None or (column.kind == "behind" and not row.get(f"{column.name}_in")):
        return ""
    digits = places(column, row)
    low, high = (rf"\num{{{number(f'{end:.{digits}f}')}}}" for end in ends)
    return f"[{low}, {high}]"


def _about(column: Column, row: Row) -> str:
    about = behind_about(column, row) if column.kind == "behind" else ""
    return escaped(f"in {about}") if about else ""


def _absent(column: Column, row: Row) -> str:
    absent: Any = row.get(f"{column.name}_absent")
    return f"(-- in {absent})" if absent and row.get(column.name) is not None else ""
