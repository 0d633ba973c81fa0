"""One table in five formats: what is the same of all, and CSV, JSON and Markdown."""

import csv
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.board import boards
from reports.formats import FORMATS, Layout, render, render_all
from reports.frame import Column, Table
from reports.tables import suite_table
from tests.reports.invented import catalogue, records, suite

SUITE = suite()
TABLE = suite_table(boards(records(SUITE), catalogue(SUITE), "invented", "small"))

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1
)
frames = st.lists(
    st.fixed_dictionaries({"label": WORDS, "score": st.floats(-10, 10, allow_nan=False)}),
    min_size=1,
    max_size=5,
)


def small(rows: list[dict[str, object]], title: str = "Small") -> Table:
    columns = (Column("label", "Method"), Column("score", "Score", "estimate"))
    return Table(title, ("label", "score"), rows, columns, ("A note.",))


def csv_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@settings(deadline=None)
@given(frames)
def test_json_gives_back_every_value(rows: list[dict[str, object]]) -> None:
    assert json.loads(render(small(rows), "json")) == rows


@settings(deadline=None)
@given(frames)
def test_csv_gives_back_every_value_but_for_the_apostrophe_before_a_formula(
    rows: list[dict[str, object]],
) -> None:
    read = csv_rows(render(small(rows), "csv"))
    for shown, row in zip(read, rows, strict=True):
        formula = str(row["label"])[0] in "=@+-"
        assert shown["label"] == ("'" if formula else "") + str(row["label"])
        assert float(shown["score"]) == row["score"]


@pytest.mark.parametrize("label", ["=1+1", "@SUM(A1)", "+1", "-2+3", "=cmd|' /C calc'!A0"])
def test_no_spreadsheet_takes_a_text_of_csv_for_a_formula(label: str) -> None:
    (row,) = csv_rows(render(small([{"label": label, "score": -0.5}]), "csv"))
    assert row == {"label": f"'{label}", "score": "-0.5"}  # a negative number stays one


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\u2028", "\x85", "\t"])
def test_a_title_with_line_ends_is_one_line_in_every_format(form: str, end: str) -> None:
    one, broken = (
        small([{"label": f"two{mark}words", "score": 1.0}], title=f"A{mark}title")
        for mark in (" ", end)
    )
    assert render(broken, form) == render(one, form)


@settings(deadline=None)
@given(frames)
def test_markdown_has_one_line_a_row(rows: list[dict[str, object]]) -> None:
    lines = render(small(rows), "markdown").split("\n")
    assert len([line for line in lines if line.startswith("|")]) == len(rows) + 2


def test_json_is_an_array_of_rows_with_null_where_there_is_no_value() -> None:
    rows = json.loads(render(TABLE, "json"))
    joint = next(r for r in rows if r["method"] == "joint")
    assert joint["rank"] is None
    assert joint["suite"] == "invented"
    assert joint["tier"] == "small"
    strong = next(r for r in rows if r["method"] == "strong")
    assert strong["rank"] == 1
    assert strong["tied"] is True


def test_csv_has_the_columns_of_json_in_their_order() -> None:
    header = render(TABLE, "csv").splitlines()[0].split(",")
    assert header == list(json.loads(render(TABLE, "json"))[0])


def test_several_tables_are_one_array_of_json() -> None:
    both = json.loads(render_all([TABLE, TABLE], "json"))
    assert both == 2 * json.loads(render(TABLE, "json"))


def test_markdown_escapes_its_separator() -> None:
    assert r"a\|b" in render(small([{"label": "a|b", "score": 1.0}]), "markdown")


def test_markdown_leads_with_six_columns_and_needs_as_letters_with_a_key() -> None:
    text = render(TABLE, "markdown")
    head = "| Rank | Method | Score | Behind the lead | FLOPs | Time | Needs |"
    assert text.count(head) == 2  # a table for each of the two tracks
    assert "\nSingle model:\n" in text
    assert "\nMany models:\n" in text
    assert "- Needs: U unlabeled data, L labels, V validation." in text
    assert " | Mean rank | " in render(TABLE, "markdown", Layout(wide=True))


def test_notes_stand_under_the_table() -> None:
    for form in ("text", "markdown", "latex"):
        said = " ".join(render(TABLE, form).split())
        assert "counts as the worst that it could be" in said


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("layout", [Layout(), Layout(wide=True)])
@pytest.mark.parametrize("table", [TABLE, small([])], ids=["suite", "small"])
def test_a_table_without_rows_is_written_in_every_format(
    table: Table, layout: Layout, form: str
) -> None:
    text = render(replace(table, values=()), form, layout)
    assert "Strong" not in text
    assert text.endswith("\n")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(KeyError):
        render(TABLE, "xlsx")
