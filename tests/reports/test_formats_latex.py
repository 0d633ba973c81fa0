"""A table as LaTeX: it compiles as it stands, and says what a paper's table should."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.board import boards
from reports.formats import Layout, render
from reports.formats.tex import escaped, number, table_format
from reports.frame import Table
from reports.runs import runs_table
from reports.tables import heat_map, task_table
from tests.reports import invented_nets
from tests.reports.published_tables import published_tables
from tests.reports.tabular import Tabular, check_cells, check_groups, read
from tests.reports.test_formats import TABLE, frames, small

PREAMBLE = r"""\documentclass{article}
\usepackage{booktabs, siunitx}
\textwidth 6.5in \oddsidemargin 0in \textheight 9in \topmargin -0.5in
\begin{document}
"""
EVERY_LETTER = "\\&%$#_{}~^<>|\"[]*†‡±×·–—−→∞≥≤…‘’“” λ α é ß ø 中 é ✓ 'a' -- ?`"
LAYOUTS = (Layout(), Layout(top=3), Layout(wide=True), Layout(columns=("method", "rank", "flops")))


def compiled(folder: Path, *tables: str) -> str:
    """The log of pdfLaTeX on a document of those tables; it fails where LaTeX does."""
    assert shutil.which("pdflatex"), (
        "These tests need LaTeX: apt-get install --no-install-recommends texlive-science"
    )
    pages = "\n\\clearpage\n".join(tables)
    (folder / "tables.tex").write_text(f"{PREAMBLE}{pages}\n\\end{{document}}\n")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape"]
    done = subprocess.run(
        [*command, "tables.tex"], cwd=folder, capture_output=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    return (folder / "tables.log").read_text(errors="replace")


def nets_table() -> Table:
    of_nets = boards(invented_nets.records(), invented_nets.catalogue(), "invented", "small")
    return task_table(of_nets, invented_nets.tasks()[0])


def single(table: Table, layout: Layout | None = None) -> Tabular:
    return read(render(table, "latex", layout))[0]


def test_every_published_table_compiles_and_fits_a_page_of_six_and_a_half_inches(
    tmp_path: Path,
) -> None:
    tables = [render(t, "latex", Layout(top=5)) for t in published_tables().values()]
    log = compiled(tmp_path, *tables)
    assert "Overfull \\hbox" not in log
    assert "undefined" not in log


def test_invented_tables_compile_with_every_column_and_every_letter(tmp_path: Path) -> None:
    odd = small([{"label": EVERY_LETTER, "score": -0.5}], title=EVERY_LETTER)
    tables = [render(t, "latex", Layout(wide=True)) for t in (TABLE, nets_table(), odd)]
    log = compiled(tmp_path, *tables)
    assert "Missing character" not in log


def test_a_main_table_ranked_by_several_metrics_fits_too(tmp_path: Path) -> None:
    log = compiled(tmp_path, render(nets_table(), "latex", Layout(top=5)))
    assert "Overfull \\hbox" not in log


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("name", published_tables())
def test_every_table_is_well_formed(name: str, layout: Layout) -> None:
    assert read(render(published_tables()[name], "latex", layout))


@settings(deadline=None)
@given(frames)
def test_whatever_the_texts_are_the_table_is_well_formed(rows: list[dict[str, object]]) -> None:
    (table,) = read(render(small(rows), "latex"))
    assert len(table.rows) == len(rows)


@given(st.text(max_size=30))
def test_an_escaped_text_leaves_no_group_open_and_no_special_character_bare(text: str) -> None:
    check_groups(escaped(text))


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (["1.0"], "1 cells in 2 columns"),
        (["a", "−1.0"], "no number of siunitx"),
        (["a", "10.0"], "doesn't fit"),
        (["a", "1.25"], "doesn't fit"),
    ],
)
def test_the_reader_of_these_tests_refuses_what_is_broken(broken: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_cells(broken, ["l", "S[table-format=1.1]"])


def test_each_track_is_a_table_with_its_own_label() -> None:
    labels = [table.label for table in read(render(TABLE, "latex"))]
    assert labels == ["tab:weighhouse-invented-single", "tab:weighhouse-invented-many"]
    of_task = task_table(
        boards(invented_nets.records(), invented_nets.catalogue(), "invented", "small"),
        invented_nets.tasks()[0],
    )
    name = invented_nets.tasks()[0].name
    assert single(of_task).label == f"tab:weighhouse-invented-{name}-single"


def test_no_two_published_tables_share_a_label() -> None:
    labels = [t.label for table in published_tables().values()
              for t in read(render(table, "latex"))]  # fmt: skip
    assert len(set(labels)) == len(labels)


def test_the_tables_of_costs_tasks_and_runs_have_labels_of_their_own() -> None:
    of_track = boards(invented_nets.records(), invented_nets.catalogue(), "invented", "small")[0]
    assert single(heat_map(of_track)).label == "tab:weighhouse-invented-single-tasks"
    assert single(runs_table(invented_nets.records())).label.endswith("-runs")


def test_the_rows_of_rank_1_are_bold_in_what_they_are_ranked_by_and_not_in_their_costs() -> None:
    table = single(TABLE)
    bold = [[r"\bfseries" in c or r"\textbf" in c for c in row] for row in table.rows]
    first = [row for row in TABLE.rows() if row["track"] == "single"]
    for marks, row in zip(bold, first, strict=True):
        assert marks[:3] == [row["rank"] == 1] * 3  # rank, method, score
        assert not any(marks[3:])
    assert sum(marks[0] for marks in bold) == 2
    assert table.notes.startswith(r"Bold: rank 1.\par")


def test_a_difference_is_a_number_with_its_interval_beside_it() -> None:
    table = single(TABLE)
    assert table.head[3] == r"\multicolumn{2}{c}{Behind the lead}"
    assert table.columns[3] == "S[table-format=-1.3]"
    rows = {row[1]: row for row in table.rows}
    assert rows[r"Flaky\textsuperscript{\dag 2}"][3:5] == ["-0.67", r"[\num{-0.81}, \num{-0.52}]"]
    lead = next(row for row in table.rows if "{lead}" in row)
    assert lead[4] == ""


def test_marks_stand_at_the_name_so_that_numbers_stay_aligned() -> None:
    names = [row[1] for row in single(TABLE).rows]
    assert r"\textbf{Even stronger\textsuperscript{\ddag}}" in names
    assert r"Flaky\textsuperscript{\dag 2}" in names


def test_costs_are_numbers_in_one_unit_each() -> None:
    table = single(TABLE, Layout(columns=("method", "flops", "seconds", "peak_memory")))
    assert table.head[1:] == ["{FLOPs}", "{Time (s)}", r"{\shortstack{Memory \\ (MB)}}"]
    strong = next(row for row in table.rows if row[0].startswith(r"\textbf{Strong"))
    # 3.4e9 FLOPs and 1% more a seed: 3.468e9; 1.5 s; 7.5e7 bytes
    assert strong[1:] == ["3.5e9", "1.5", "75"]


def test_the_notes_and_the_key_stand_under_the_table() -> None:
    notes = single(TABLE, Layout(top=1)).notes
    assert r"Needs: U unlabeled data" in notes or "Needs:" not in notes
    assert "Single model: the first 1 of 6 methods; 2 have rank 1." in notes
    assert "Behind the lead: the paired difference" in notes


def test_latexs_special_characters_are_written_out() -> None:
    assert escaped("50% of_a & {b} ~ \\") == (
        r"50\% of\_a \& \{b\} \textasciitilde{} \textbackslash{}"
    )


@pytest.mark.parametrize(
    ("letter", "written"),
    [("−", "$-$"), ("λ", r"$\lambda$"), ("é", "é"), ("ﬁ", "fi"), ("中", "U+4E2D")],
)
def test_a_letter_that_the_fonts_lack_is_written_otherwise(letter: str, written: str) -> None:
    assert escaped(letter) == written


def test_a_number_has_an_ascii_minus_and_is_never_a_negative_zero() -> None:
    assert [number("−0.25"), number("-0.00"), number("118")] == ["-0.25", "0.00", "118"]


@pytest.mark.parametrize(
    ("cells", "room"),
    [
        (["1.25", "-10.5", "{--}"], "-2.2"),
        (["8.3e8", "1.2e10", "0"], "1.1e2"),
        (["118", "0.25"], "3.2"),
        (["{--}"], "1.0"),
    ],
)
def test_a_column_has_room_for_every_number(cells: list[str], room: str) -> None:
    assert table_format(cells) == room
