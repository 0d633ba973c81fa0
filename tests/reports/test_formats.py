"""One table in five formats."""

import io
import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.board import boards
from reports.formats import Layout, render
from reports.formats.tex import escaped
from reports.frame import Column, Table
from reports.tables import suite_table
from tests.reports.invented import catalogue, records, suite

SUITE = suite()
TABLE = suite_table(boards(records(SUITE), catalogue(SUITE), "invented", "small"))

frames = st.lists(
    st.fixed_dictionaries(
        {
            "label": st.text(
                st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1
            ).filter(lambda text: text.strip() == text and text not in ("NA", "nan")),
            "score": st.floats(-10, 10, allow_nan=False),
        }
    ),
    min_size=1,
    max_size=5,
)


def small(rows: list[dict[str, object]]) -> Table:
    columns = (Column("label", "Method"), Column("score", "Score", "estimate"))
    return Table("Small", ("label", "score"), rows, columns, ("A note.",))


@settings(deadline=None)
@given(frames)
def test_json_gives_back_every_value(rows: list[dict[str, object]]) -> None:
    assert json.loads(render(small(rows), "json")) == rows


@settings(deadline=None)
@given(frames)
def test_csv_gives_back_every_value(rows: list[dict[str, object]]) -> None:
    read = pd.read_csv(io.StringIO(render(small(rows), "csv")), keep_default_na=False, dtype=str)
    assert list(read["label"]) == [row["label"] for row in rows]
    assert [float(v) for v in read["score"]] == [row["score"] for row in rows]


@settings(deadline=None)
@given(frames)
def test_markdown_and_latex_have_one_line_a_row(rows: list[dict[str, object]]) -> None:
    table = small(rows)
    pipes = [x for x in render(table, "markdown").split("\n") if x.startswith("|")]
    assert len(pipes) == len(rows) + 2
    assert render(table, "latex").count(" \\\\\n") == len(rows) + 1


def test_json_is_an_array_of_rows_with_null_where_there_is_no_value() -> None:
    rows = json.loads(render(TABLE, "json"))
    joint = next(r for r in rows if r["method"] == "joint")
    assert joint["rank"] is None
    assert joint["suite"] == "invented"
    assert joint["tier"] == "small"
    strong = next(r for r in rows if r["method"] == "strong")
    assert strong["rank"] == 1
    assert strong["tied"] is True


def test_text_stops_its_digits_at_the_intervals_and_flags_failures() -> None:
    text = render(TABLE, "text")
    flaky = next(line for line in text.splitlines() if "Flaky" in line)
    assert "†2 0.1 (−0.1 to 0.2)" in flaky
    assert "1= (1–2)  Even stronger" in text


def test_unmetered_work_is_marked_at_its_flops_and_explained() -> None:
    text = render(TABLE, "text")
    assert "‡ 21 GFLOP" in next(x for x in text.splitlines() if "Even stronger  " in x)
    assert "so they did unmetered work: Even stronger." in text
    assert r"\ddag{} 21 GFLOP" in render(TABLE, "latex")


def test_text_columns_are_aligned() -> None:
    lines = render(TABLE, "text").splitlines()
    rule = lines[3]
    starts = [i for i, letter in enumerate(rule) if letter == "-" and rule[i - 1 : i] in ("", " ")]
    for line in lines[4 : 4 + len(TABLE.rows())]:
        assert all(start == 0 or start > len(line) or line[start - 1] == " " for start in starts)


def test_latex_is_booktabs_with_everything_escaped() -> None:
    latex = render(TABLE, "latex")
    assert latex.count(r"\toprule") == latex.count(r"\bottomrule") == 1
    assert r"\textless{}nothing\textgreater{} \& " in latex
    assert r"\dag{}2" in latex


def test_latexs_special_characters_are_written_out() -> None:
    assert escaped("50% of_a & {b} ~ \\") == (
        r"50\% of\_a \& \{b\} \textasciitilde{} \textbackslash{}"
    )


def test_markdown_escapes_its_separator() -> None:
    assert r"a\|b" in render(small([{"label": "a|b", "score": 1.0}]), "markdown")


def test_notes_stand_under_the_table() -> None:
    for form in ("text", "markdown", "latex"):
        assert "counts as the worst that it could be" in render(TABLE, form)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(KeyError):
        render(TABLE, "xlsx")
